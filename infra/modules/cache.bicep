// Azure Managed Redis with Entra ID only, for the result cache that instances share. Without it each instance keeps
// results in its own memory.

@description('Name of the cluster.')
param name string

@description('Region of the cluster.')
param location string

@description('Tags for the cluster.')
param tags object

@description('Size, such as Balanced_B0.')
param sku string

@description('Object id of the platform\'s identity.')
param principalId string

@description('Whether the cluster can be reached from outside of the virtual network.')
param publicAccess bool

resource cluster 'Microsoft.Cache/redisEnterprise@2025-07-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku }
  properties: {
    highAvailability: 'Enabled'
    minimumTlsVersion: '1.2'
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
  }
}

resource database 'Microsoft.Cache/redisEnterprise/databases@2025-07-01' = {
  parent: cluster
  name: 'default'
  properties: {
    accessKeysAuthentication: 'Disabled'
    clientProtocol: 'Encrypted'
    clusteringPolicy: 'OSSCluster'
    // A cache: what was not read for long makes room.
    evictionPolicy: 'AllKeysLRU'
    port: 10000
  }
}

// `default` is the only access policy there is: all commands and keys.
resource access 'Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments@2025-07-01' = {
  parent: database
  name: 'platform'
  properties: {
    accessPolicyName: 'default'
    user: { objectId: principalId }
  }
}

@description('Where the app finds it; there is no password.')
output url string = 'rediss://${cluster.properties.hostName}:10000'

@description('Resource id of the cluster.')
output id string = cluster.id
