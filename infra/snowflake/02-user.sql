-- The platform's user: a service without a password, which signs in with a key pair, from known addresses only.
-- Before you run this, make the pair, keep the private key out of Snowflake, and set the two variables:
--   openssl genrsa 2048 | openssl pkcs8 -topk8 -nocrypt -out mcp.p8
--   openssl rsa -in mcp.p8 -pubout | grep -v -- ----- | tr -d '\n'
--   SET MCP_PUBLIC_KEY = '<what the second line printed>';
--   SET MCP_EGRESS = '203.0.113.10/32';  -- where the platform's connections come from
USE ROLE ACCOUNTADMIN;

CREATE DATABASE IF NOT EXISTS MCP COMMENT = 'What the MCP platform shows and keeps';
CREATE SCHEMA IF NOT EXISTS MCP.ADMIN COMMENT = 'Policies and rules of the platform';

CREATE NETWORK RULE IF NOT EXISTS MCP.ADMIN.MCP_EGRESS
  TYPE = IPV4
  MODE = INGRESS
  VALUE_LIST = ('127.0.0.1/32')
  COMMENT = 'Addresses of the platform, set below';
-- Properties take no variables, so the statement is put together as text.
EXECUTE IMMEDIATE $$
BEGIN
  LET statement VARCHAR := 'ALTER NETWORK RULE MCP.ADMIN.MCP_EGRESS SET VALUE_LIST = ('''
    || GETVARIABLE('MCP_EGRESS') || ''')';
  EXECUTE IMMEDIATE :statement;
END;
$$;
CREATE NETWORK POLICY IF NOT EXISTS MCP_POLICY
  ALLOWED_NETWORK_RULE_LIST = ('MCP.ADMIN.MCP_EGRESS')
  COMMENT = 'The platform may come from its own addresses only';

CREATE USER IF NOT EXISTS MCP_SERVICE
  TYPE = SERVICE
  DEFAULT_ROLE = MCP_READER
  DEFAULT_WAREHOUSE = MCP_WH
  COMMENT = 'The MCP platform';
ALTER USER MCP_SERVICE SET
  NETWORK_POLICY = MCP_POLICY
  DEFAULT_SECONDARY_ROLES = ();
EXECUTE IMMEDIATE $$
BEGIN
  LET statement VARCHAR := 'ALTER USER MCP_SERVICE SET RSA_PUBLIC_KEY = '''
    || GETVARIABLE('MCP_PUBLIC_KEY') || '''';
  EXECUTE IMMEDIATE :statement;
END;
$$;

GRANT ROLE MCP_READER TO USER MCP_SERVICE;
GRANT ROLE MCP_WRITER TO USER MCP_SERVICE;

-- To rotate: put the new key into RSA_PUBLIC_KEY_2, change the platform's credential, then UNSET RSA_PUBLIC_KEY.
