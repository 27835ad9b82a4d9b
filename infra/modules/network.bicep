// The virtual network: one subnet that the app goes out through, one for the private endpoints of what it uses.

@description('Name of the network.')
param name string

@description('Region of the network.')
param location string

@description('Tags for the network.')
param tags object

@description('What the app uses. An empty id is of something that there is not.')
param services {
  @description('Resource id of the storage account.')
  storageId: string
  @description('Resource id of the vault.')
  vaultId: string
  @description('Resource id of the database server.')
  databaseId: string
  @description('Resource id of Redis, or empty.')
  redisId: string
  @description('Resource id of Cosmos DB, or empty.')
  cosmosId: string
}

// https://learn.microsoft.com/azure/private-link/private-endpoint-dns names the groups and zones.
var storageSuffix = environment().suffixes.storage
var endpoints = filter(
  [
    { target: services.storageId, group: 'blob', zone: 'privatelink.blob.${storageSuffix}' }
    { target: services.storageId, group: 'queue', zone: 'privatelink.queue.${storageSuffix}' }
    { target: services.storageId, group: 'table', zone: 'privatelink.table.${storageSuffix}' }
    { target: services.vaultId, group: 'vault', zone: 'privatelink.vaultcore.azure.net' }
    { target: services.databaseId, group: 'postgresqlServer', zone: 'privatelink.postgres.database.azure.com' }
    { target: services.redisId, group: 'redisEnterprise', zone: 'privatelink.redis.azure.net' }
    { target: services.cosmosId, group: 'Sql', zone: 'privatelink.documents.azure.com' }
  ],
  endpoint => !empty(endpoint.target)
)

resource network 'Microsoft.Network/virtualNetworks@2025-01-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: ['10.40.0.0/22'] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: '10.40.0.0/24'
          // What Flex Consumption asks for.
          delegations: [{ name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'endpoints'
        properties: { addressPrefix: '10.40.1.0/24' }
      }
    ]
  }

  resource app 'subnets' existing = { name: 'app' }

  resource inner 'subnets' existing = { name: 'endpoints' }
}

module privateEndpoints 'private-endpoint.bicep' = [
  for endpoint in endpoints: {
    params: {
      name: 'pe-${endpoint.group}-${name}'
      location: location
      tags: tags
      targetId: endpoint.target
      groupId: endpoint.group
      zoneName: endpoint.zone
      networkId: network.id
      subnetId: network::inner.id
    }
  }
]

@description('Subnet that the app goes out through.')
output appSubnetId string = network::app.id
