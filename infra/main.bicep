// The platform: names, tags, what is made, and what azd is told. docs/operations.md explains the parameters by use.
targetScope = 'subscription'

import { alertOptions } from 'modules/alerts.bicep'
import { databaseOptions } from 'modules/database.bicep'
import { extraStores } from 'modules/extra-stores.bicep'
import { logOptions } from 'modules/monitoring.bicep'
import { deployerOptions } from 'modules/roles.bicep'
import { storageOptions } from 'modules/storage.bicep'
import { plainSettings, scaleOptions, vaultSetting } from 'modules/app.bicep'

@description('Name of this environment; part of every name.')
@minLength(2)
@maxLength(24)
param environmentName string
@description('Region of everything that has one.')
param location string
@description('Region of a standby app behind Front Door; empty for none. Left out with vnetEnabled, whose network is of one region.')
param secondaryLocation string = ''
@description('How far the app scales, in each region.')
param scale scaleOptions
@description('Size and safety of the database.')
param database databaseOptions
@description('Safety of storage.')
param storage storageOptions
@description('How long and how much is logged.')
param logs logOptions
@description('Who is told of trouble and of cost.')
param alerting alertOptions
@description('Stores beside the database; none is made unless it is asked for.')
param extra extraStores = {}
@description('A virtual network, with private endpoints for all that the app uses and no public way to it.')
param vnetEnabled bool = false
@description('Front Door as the only way to the app.')
param frontDoorEnabled bool = false
@description('Settings whose values an operator puts into the vault.')
param vaultSettings vaultSetting[] = []
@description('Settings that differ from their defaults.')
param settings plainSettings = {}
@description('Whoever deploys, who may read the first admin key.')
param deployer deployerOptions = {}

var token = take(uniqueString(subscription().id, environmentName, location), 8)
var name = toLower('mcp-${environmentName}-${token}')
var compactName = 'mcp${take(replace(toLower(environmentName), '-', ''), 8)}${token}'
var tags = { 'azd-env-name': environmentName, application: 'mcp-platform' }
var regions = empty(secondaryLocation) || vnetEnabled ? [location] : [location, secondaryLocation]
var appNames = map(range(0, length(regions)), i => i == 0 ? 'func-${name}' : 'func-${name}-standby')

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = { name: 'rg-${name}', location: location, tags: tags }

module identity 'modules/identity.bicep' = { scope: group, params: { name: 'id-${name}', location: location, tags: tags } }
module roles 'modules/roles.bicep' = {
  scope: group
  params: { platformPrincipalId: identity.outputs.identity.principalId, deployer: deployer }
}
module monitoring 'modules/monitoring.bicep' = { scope: group, params: { name: name, location: location, tags: tags, options: logs } }
module vault 'modules/vault.bicep' = {
  scope: group
  params: { name: 'kv${compactName}', location: location, tags: tags, publicAccess: !vnetEnabled, workspaceId: monitoring.outputs.workspaceId }
}
module accounts 'modules/storage.bicep' = [
  for (region, i) in regions: {
    scope: group
    params: { name: 'st${compactName}${i}', location: region, tags: tags, options: storage, publicAccess: !vnetEnabled }
  }
]
module postgres 'modules/database.bicep' = {
  scope: group
  params: {
    name: 'psql-${name}'
    location: location
    tags: tags
    options: database
    identity: identity.outputs.identity
    publicAccess: !vnetEnabled
    workspaceId: monitoring.outputs.workspaceId
  }
}
module stores 'modules/extra-stores.bicep' = {
  scope: group
  params: { name: name, locations: regions, tags: tags, stores: extra, principalId: identity.outputs.identity.principalId, publicAccess: !vnetEnabled }
}
module network 'modules/network.bicep' = if (vnetEnabled) {
  scope: group
  params: {
    name: 'vnet-${name}'
    location: location
    tags: tags
    services: {
      storageId: accounts[0].outputs.id
      vaultId: vault.outputs.id
      databaseId: postgres.outputs.id
      redisId: stores.outputs.redisId
      cosmosId: stores.outputs.cosmosId
    }
  }
}
module frontDoor 'modules/front-door.bicep' = if (frontDoorEnabled) {
  scope: group
  params: { name: 'afd-${name}', tags: tags, hostNames: map(appNames, app => '${app}.azurewebsites.net') }
}
module apps 'modules/app.bicep' = [
  for (region, i) in regions: {
    scope: group
    params: {
      name: appNames[i]
      location: region
      tags: i == 0 ? union(tags, { 'azd-service-name': 'api' }) : tags
      scale: scale
      identity: identity.outputs.identity
      storage: accounts[i].outputs.endpoints
      databaseUrl: postgres.outputs.url
      redisUrl: stores.outputs.redisUrl
      databaseConnections: database.connections / length(regions)
      vaultUri: vault.outputs.uri
      insightsConnectionString: monitoring.outputs.connectionString
      vaultSettings: vaultSettings
      settings: settings
      subnetId: vnetEnabled ? network!.outputs.appSubnetId : ''
      frontDoorId: frontDoorEnabled ? frontDoor!.outputs.frontDoorId : ''
    }
    dependsOn: [roles]
  }
]
module alerts 'modules/alerts.bicep' = if (!empty(alerting.email)) {
  scope: group
  params: {
    name: name
    tags: tags
    options: alerting
    appId: apps[0].outputs.id
    databaseId: postgres.outputs.id
    storageId: accounts[0].outputs.id
  }
}

@description('Where callers go.')
output SERVICE_API_URI string = 'https://${frontDoorEnabled ? frontDoor!.outputs.hostName : apps[0].outputs.hostName}/api'
@description('Resource group of it all.')
output AZURE_RESOURCE_GROUP string = group.name
@description('Vault in which infra/hooks makes the secrets that there must be.')
output AZURE_KEY_VAULT_ID string = vault.outputs.id
@description('Where infra/hooks reaches Azure\'s own interface.')
output AZURE_RESOURCE_MANAGER_URL string = environment().resourceManager
@description('Remembered by azd for the next time.')
output AZURE_BUDGET_START string = empty(alerting.email) ? '' : alerts!.outputs.budgetStart
