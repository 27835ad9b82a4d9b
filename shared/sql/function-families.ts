/** Families of PostgreSQL functions that are never allowed, each with the reason a caller is told. */

export interface FunctionFamily {
  readonly pattern: RegExp;
  /** Completes the sentence "The function x is not allowed: it …". */
  readonly reason: string;
}

/** First match wins; the generator leaves out what matches, and the guard explains a refusal with the reason. */
export const REFUSED_FAMILIES: readonly FunctionFamily[] = [
  { pattern: /^pg_sleep/, reason: "holds a connection while doing nothing" },
  {
    pattern:
      /^(pg_(read|ls|stat|file|current_log)_?(file|binary_file|dir|logdir|waldir|tmpdir|write|rename|unlink|sync)|pg_ls_|pg_file_|pg_read_|pg_current_logfile|pg_logdir|pg_relation_filepath|pg_relation_filenode|pg_filenode_relation|pg_show_all_file|pg_hba_|pg_ident_)/,
    reason: "reaches the server's files",
  },
  {
    pattern: /^(lo_|loread$|lowrite$|lo$|be_lo)/,
    reason: "reads or writes large objects past the rules for tables",
  },
  {
    pattern: /^(dblink|postgres_fdw|http|net_|curl)/,
    reason: "opens connections from the database server",
  },
  {
    pattern: /(query|table|schema|database|cursor)_to_xml/,
    reason: "reads data named in a string, which no table rule can see",
  },
  {
    pattern: /^(ts_stat|ts_rewrite|crosstab|connectby|xpath_table|query_to_|cursor_)/,
    reason: "runs SQL held in a string, which no table rule can see",
  },
  { pattern: /advisory/, reason: "takes locks that outlive the query" },
  {
    pattern: /^(nextval|setval|currval|lastval|pg_sequence_|pg_get_sequence_data|pg_nextoid)/,
    reason: "reads or moves a sequence",
  },
  {
    pattern:
      /^(set_config|setseed|pg_settings_|pg_show_all_settings|pg_reload_conf|pg_conf_load_time|pg_config)/,
    reason: "reads or changes the settings of the server or the session",
  },
  {
    pattern: /^(pg_notify|pg_listening_channels|pg_notification_)/,
    reason: "uses the server's notification channels",
  },
  {
    pattern:
      /^(pg_(cancel|terminate)_backend|pg_backend_pid|pg_blocking_pids|pg_safe_snapshot|pg_stat_|pg_lock_|pg_cursor$|pg_prepared_|pg_get_(aios|backend|wait|shmem)|pg_log_|pg_rotate_|pg_signal|pg_trigger_depth|pg_isolation_|pg_my_temp|pg_is_other_temp|pg_postmaster)/,
    reason: "looks into or controls the work of other sessions",
  },
  {
    pattern:
      /(^pg_(wal|walfile|switch_wal|split_wal|create_restore|backup|promote|last_wal|last_xact|last_committed|is_in_recovery|is_wal|current_wal|get_wal|control_|available_wal)|replication|replorigin|_slot|logical_|snapshot|standby|_subscription|_publication)/,
    reason: "belongs to backup and replication",
  },
  {
    pattern: /(^txid_|^pg_xact_|_xact_|^pg_current_xact|^pg_get_multixact|^mxid_age|^currtid)/,
    reason: "reads or makes transaction ids",
  },
  {
    pattern:
      /^(binary_upgrade_|brin_|gin_|gist_|spg_|amvalidate|pg_import_|pg_extension_|pg_clear_|pg_restore_|pg_stop_|pg_event_trigger_|fmgr_|plpgsql_|unique_key_recheck|RI_FKey)/,
    reason: "is meant for maintenance inside the server",
  },
  {
    pattern:
      /(_privilege$|_role$|^acl|^makeacl|^row_security|^getpgusername$|^to_regrole$|userbyid$|^shobj_description$)/,
    reason: "lists roles and privileges",
  },
  {
    pattern:
      /^(inet_(server|client)_|pg_numa|pg_jit|pg_get_loaded|pg_database_collation|pg_collation_actual|current_query$)/,
    reason: "tells where and how the server runs",
  },
  {
    pattern:
      /^pg_(database|tablespace|table|indexes|relation|total_relation)_(size|databases|location)|^pg_get_(viewdef|serial|functiondef|function_|ruledef|triggerdef|object_address|publication|acl)|^pg_(describe|identify)_object|^pg_partition_(tree|ancestors|root)$|^pg_column_toast/,
    reason: "speaks of objects named in a string or by number, which no table rule can see",
  },
  {
    pattern:
      /(_transfn|_finalfn|_accum|_accum_inv|_combine|_serialize|_deserialize|_support|sel|handler|typmodin|typmodout|_send|send|recv|_in|_out|validator|_legacy)$/,
    reason: "",
  },
];

/** PostgreSQL's own plumbing that a harmless name may look like: these end like internals and are wanted. */
export const NOT_INTERNAL =
  /^(bool_and|bool_or|min|max|isempty|asin|asind|asinh|tsquery_and|pg_typeof)$/;

const INTERNAL_REASON = "is one of the server's internal routines";

/** The reason for which a pg_catalog function of this name is refused whatever the catalogue says of it, or null. */
export function refusedFamily(name: string): string | null {
  if (NOT_INTERNAL.test(name)) return null;
  const family = REFUSED_FAMILIES.find(({ pattern }) => pattern.test(name));
  if (family === undefined) return null;
  return family.reason === "" ? INTERNAL_REASON : family.reason;
}
