// Cosmos DB for the append-only volume (query log, predictions), which is planned: the platform keeps its log in
// PostgreSQL and does not connect here yet. An identity cannot create containers, so they are made here.

@description('Name of the account, unique in Azure.')
param name string

@description('Regions of the account: the first is written to, each other one is read from and can take over.')
param locations string[]

@description('Tags for the account.')
param tags object

@description('Request units a second that each container grows to when it is busy.')
@minValue(1000)
param maxThroughput int

@description('Object id of the platform\'s identity.')
param principalId string

@description('Whether the account can be reached from outside of the virtual network.')
param publicAccess bool

// Records are deleted after ninety days.
var recordSeconds = 90 * 86400
var containers = [
  { name: 'query-log', partitionKey: '/source' }
  { name: 'predictions', partitionKey: '/model' }
]

resource account 'Microsoft.DocumentDB/databaseAccounts@2025-04-15' = {
  name: name
  location: locations[0]
  tags: tags
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    locations: [for (location, i) in locations: { locationName: location, failoverPriority: i }]
    enableAutomaticFailover: length(locations) > 1
    consistencyPolicy: { defaultConsistencyLevel: 'Session' }
    disableLocalAuth: true
    minimalTlsVersion: 'Tls12'
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2025-04-15' = {
  parent: account
  name: 'mcp'
  properties: { resource: { id: 'mcp' } }
}

resource records 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2025-04-15' = [
  for container in containers: {
    parent: database
    name: container.name
    properties: {
      resource: {
        id: container.name
        partitionKey: { kind: 'Hash', paths: [container.partitionKey] }
        defaultTtl: recordSeconds
      }
      options: { autoscaleSettings: { maxThroughput: maxThroughput } }
    }
  }
]

resource contributor 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2025-04-15' existing = {
  parent: account
  name: '00000000-0000-0000-0000-000000000002'
}

// Cosmos DB Built-in Data Contributor: reads and writes items; it cannot change containers. It is no Azure role, so it
// cannot stand in roles.bicep.
resource access 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2025-04-15' = {
  parent: account
  name: guid(account.id, principalId)
  properties: {
    principalId: principalId
    roleDefinitionId: contributor.id
    scope: account.id
  }
}

@description('Resource id of the account.')
output id string = account.id
