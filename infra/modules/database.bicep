// The metadata database: PostgreSQL that takes Entra ID only. The platform's identity is its administrator: it owns the
// tables, which it creates and migrates itself, and there is no other login to guard.

import { platformIdentity } from 'identity.bicep'

@export()
@description('Size and safety of the database.')
type databaseOptions = {
  @description('Name of a compute size of the tier, such as Standard_B1ms or Standard_D2ds_v5.')
  sku: string
  @description('Tier of that size. Burstable has no PgBouncer: the platform then connects to the server itself.')
  tier: 'Burstable' | 'GeneralPurpose' | 'MemoryOptimized'
  @description('Storage in gigabytes; it grows by itself.')
  @minValue(32)
  storageGb: int
  @description('Connections that all instances of the app may hold together. Keep it under max_connections of the size, or, with PgBouncer, under its 5,000.')
  @minValue(20)
  connections: int
  @description('A standby in another zone that takes over by itself. Not with Burstable.')
  zoneRedundant: bool
  @description('Days that one can go back to.')
  @minValue(7)
  @maxValue(35)
  backupDays: int
  @description('Whether backups are copied to the paired region. Cannot be changed later.')
  geoRedundantBackup: bool
}

@description('Name of the server, unique in Azure.')
param name string

@description('Region of the server.')
param location string

@description('Tags for the server.')
param tags object

@description('Size and safety.')
param options databaseOptions

@description('The platform\'s identity.')
param identity platformIdentity

@description('Whether the server can be reached from outside of the virtual network.')
param publicAccess bool

@description('Resource id of the workspace that takes the server\'s log.')
param workspaceId string

var pooled = options.tier != 'Burstable'
var databaseName = 'mcp'

// hypopg and pg_stat_statements are for advice on indexes, from plans and from history.
var parameters = concat(
  [{ name: 'azure.extensions', value: 'HYPOPG,PG_STAT_STATEMENTS' }],
  pooled ? [{ name: 'pgbouncer.enabled', value: 'true' }] : []
)

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: options.sku, tier: options.tier }
  properties: {
    version: '17'
    authConfig: {
      activeDirectoryAuth: 'Enabled'
      passwordAuth: 'Disabled'
      tenantId: tenant().tenantId
    }
    storage: { storageSizeGB: options.storageGb, autoGrow: 'Enabled' }
    backup: {
      backupRetentionDays: options.backupDays
      geoRedundantBackup: options.geoRedundantBackup ? 'Enabled' : 'Disabled'
    }
    highAvailability: { mode: options.zoneRedundant ? 'ZoneRedundant' : 'Disabled' }
    network: { publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled' }
  }
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2025-08-01' = {
  parent: server
  name: databaseName
  properties: { charset: 'UTF8', collation: 'en_US.utf8' }
}

// Changes to a server exclude each other, so each kind waits for the one before, and parameters go one at a time.
resource administrator 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2025-08-01' = {
  parent: server
  name: identity.principalId
  properties: {
    principalType: 'ServicePrincipal'
    principalName: identity.name
    tenantId: tenant().tenantId
  }
  dependsOn: [database]
}

@batchSize(1)
resource serverParameters 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2025-08-01' = [
  for parameter in parameters: {
    parent: server
    name: parameter.name
    properties: { value: parameter.value, source: 'user-override' }
    dependsOn: [administrator]
  }
]

// The range 0.0.0.0 stands for addresses inside of Azure; who gets through still needs a token.
resource fromAzure 'Microsoft.DBforPostgreSQL/flexibleServers/firewallRules@2025-08-01' = if (publicAccess) {
  parent: server
  name: 'azure'
  properties: { startIpAddress: '0.0.0.0', endIpAddress: '0.0.0.0' }
  dependsOn: [serverParameters]
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'logs'
  scope: server
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'PostgreSQLLogs', enabled: true }]
  }
}

@description('Resource id of the server.')
output id string = server.id

@description('Where and as whom the platform connects; the token takes the place of a password.')
output url string = 'postgres://${identity.name}@${server.properties.fullyQualifiedDomainName}:${pooled ? 6432 : 5432}/${databaseName}?sslmode=verify-full'
