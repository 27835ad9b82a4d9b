/** What people call the statements and clauses that PostgreSQL's parser names otherwise. */

const NAMES: Readonly<Record<string, string>> = {
  InsertStmt: "INSERT",
  UpdateStmt: "UPDATE",
  DeleteStmt: "DELETE",
  MergeStmt: "MERGE",
  CopyStmt: "COPY",
  TransactionStmt: "Transaction control",
  VariableSetStmt: "SET or RESET",
  VariableShowStmt: "SHOW",
  TruncateStmt: "TRUNCATE",
  LockStmt: "LOCK TABLE",
  ListenStmt: "LISTEN",
  UnlistenStmt: "UNLISTEN",
  NotifyStmt: "NOTIFY",
  CheckPointStmt: "CHECKPOINT",
  DiscardStmt: "DISCARD",
  DoStmt: "DO",
  CallStmt: "CALL",
  PrepareStmt: "PREPARE",
  ExecuteStmt: "EXECUTE",
  DeallocateStmt: "DEALLOCATE",
  DeclareCursorStmt: "DECLARE CURSOR",
  FetchStmt: "FETCH or MOVE",
  ClosePortalStmt: "CLOSE",
  VacuumStmt: "VACUUM or ANALYZE",
  ClusterStmt: "CLUSTER",
  ReindexStmt: "REINDEX",
  LoadStmt: "LOAD",
  CommentStmt: "COMMENT",
  SecLabelStmt: "SECURITY LABEL",
  GrantStmt: "GRANT or REVOKE",
  GrantRoleStmt: "GRANT or REVOKE",
  RefreshMatViewStmt: "REFRESH MATERIALIZED VIEW",
  CreateTableAsStmt: "CREATE TABLE AS",
  CreateStmt: "CREATE TABLE",
  ViewStmt: "CREATE VIEW",
  IndexStmt: "CREATE INDEX",
  RuleStmt: "CREATE RULE",
  DefineStmt: "CREATE",
  DropStmt: "DROP",
  RenameStmt: "ALTER … RENAME",
  ReassignOwnedStmt: "REASSIGN OWNED",
  ConstraintsSetStmt: "SET CONSTRAINTS",
  ExplainStmt: "EXPLAIN",
  SelectStmt: "SELECT",
  DropdbStmt: "DROP DATABASE",
  CreatedbStmt: "CREATE DATABASE",
  AlterSeqStmt: "ALTER SEQUENCE",
  CreateAmStmt: "CREATE ACCESS METHOD",
  AlterTableStmt: "ALTER",
  WaitStmt: "WAIT",
  CurrentOfExpr: "WHERE CURRENT OF",
  SetToDefault: "DEFAULT",
  MergeSupportFunc: "MERGE_ACTION()",
  MultiAssignRef: "Multiple assignment",
};

/** `CreateRoleStmt` → "CREATE ROLE"; known ones as the manual writes them. */
export function statementName(type: string): string {
  const known = Object.hasOwn(NAMES, type) ? NAMES[type] : undefined;
  return (
    known ??
    type
      .replace(/Stmt$/, "")
      .replace(/([a-z])([A-Z])/g, "$1 $2")
      .toUpperCase()
  );
}
