// Stores beside the database: Redis, with which instances share the result cache, and Cosmos DB, which can be made ahead
// of the features that will use it.

@export()
@description('Which of the stores to make; what is left out is not made.')
type extraStores = {
  @description('Size of Azure Managed Redis, such as Balanced_B0, for the result cache that instances share.')
  redisSku: string?
  @description('Request units a second that each container of Cosmos DB grows to, from 1,000, for the query log and predictions.')
  cosmosThroughput: int?
}

@description('Name of the platform\'s environment.')
param name string

@description('Regions, the first one preferred.')
param locations string[]

@description('Tags for what is made.')
param tags object

@description('Which of them to make.')
param stores extraStores

@description('Object id of the platform\'s identity.')
param principalId string

@description('Whether they can be reached from outside of the virtual network.')
param publicAccess bool

var redisSku = stores.?redisSku ?? ''
var cosmosThroughput = stores.?cosmosThroughput ?? 0

module redis 'cache.bicep' = if (!empty(redisSku)) {
  params: {
    name: 'redis-${name}'
    location: locations[0]
    tags: tags
    sku: redisSku
    principalId: principalId
    publicAccess: publicAccess
  }
}

module cosmos 'cosmos.bicep' = if (cosmosThroughput > 0) {
  params: {
    name: 'cosmos-${name}'
    locations: locations
    tags: tags
    maxThroughput: cosmosThroughput
    principalId: principalId
    publicAccess: publicAccess
  }
}

@description('Where the app finds Redis; empty without it.')
output redisUrl string = empty(redisSku) ? '' : redis!.outputs.url

@description('Resource id of Redis; empty without it.')
output redisId string = empty(redisSku) ? '' : redis!.outputs.id

@description('Resource id of Cosmos DB; empty without it.')
output cosmosId string = cosmosThroughput > 0 ? cosmos!.outputs.id : ''
