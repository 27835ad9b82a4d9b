// The Function App on Flex Consumption, with its settings. It stores no secret: it signs in as its identity, and what is
// secret is a reference into the vault.

import { platformIdentity } from 'identity.bicep'
import { storageEndpoints } from 'storage.bicep'

@export()
@description('How far the app scales.')
type scaleOptions = {
  @description('Most instances at once. Each holds its share of the connections to the database.')
  @minValue(1)
  @maxValue(1000)
  maximumInstances: int
  @description('Memory of an instance in MB.')
  memoryMb: 512 | 2048 | 4096
  @description('Instances that are always ready for HTTP, and paid for always; 0 for none.')
  alwaysReady: int
  @description('Requests that one instance serves at once, before another is started.')
  @minValue(1)
  @maxValue(1000)
  httpConcurrency: int
  @description('Whether instances are spread over zones, which takes at least two that are always ready.')
  zoneRedundant: bool
}

@export()
@description('A setting whose value an operator puts into the vault, as a secret named in lower case with dashes: smtp-url.')
type vaultSetting = 'ALERT_SLACK_WEBHOOK_URL'
  | 'ALERT_TEAMS_WEBHOOK_URL'
  | 'ALERT_PAGERDUTY_ROUTING_KEY'
  | 'ALERT_WEBHOOK_URL'
  | 'ALERT_WEBHOOK_SECRET'
  | 'SMTP_URL'
  | 'CREDENTIAL_KEYS_PREVIOUS'
  | 'UPSTASH_REDIS_REST_TOKEN'
  | 'LLM_API_KEY'

@export()
@sealed()
@description('Settings that may differ from their defaults; shared/config.ts says what each is for.')
type plainSettings = {
  QUERY_MAX_BYTES: string?
  CACHE_TTL_SECONDS: string?
  CACHE_MAX_BYTES: string?
  CACHE_FRESHNESS_MS: string?
  CACHE_LEASE_MS: string?
  CACHE_PREFIX: string?
  CACHE_SHARED_MAX_ENTRY_BYTES: string?
  UPSTASH_REDIS_REST_URL: string?
  LLM_PROVIDER: string?
  LLM_BASE_URL: string?
  LLM_MODEL: string?
  LLM_API_VERSION: string?
  LLM_TIMEOUT_MS: string?
  LLM_MAX_OUTPUT_TOKENS: string?
  LLM_DAILY_TOKENS: string?
  LLM_ASK_BELOW: string?
  OUTBOUND_ALLOW: string?
  SOURCE_PRIVILEGES: string?
  ALERT_CACHE_MISS_RATE: string?
  ALERT_CACHE_MISS_WINDOW_MINUTES: string?
  ALERT_CACHE_MISS_MIN_QUERIES: string?
  ALERT_PAGERDUTY_URL: string?
  ALERT_EMAIL_FROM: string?
  ALERT_EMAIL_TO: string?
}

@description('Name of the app, unique in Azure.')
param name string

@description('Region of the app.')
param location string

@description('Tags for the plan and the app. azd deploys to the one with azd-service-name.')
param tags object

@description('How far it scales.')
param scale scaleOptions

@description('The platform\'s identity.')
param identity platformIdentity

@description('Where the app finds its storage.')
param storage storageEndpoints

@description('Where and as whom to connect to the database.')
param databaseUrl string

@description('Redis that instances share the result cache with; empty for none.')
param redisUrl string

@description('Connections to the database that all instances of this app may hold together.')
param databaseConnections int

@description('Address of the vault, with a slash at the end.')
param vaultUri string

@description('Where telemetry is sent.')
param insightsConnectionString string

@description('Settings whose values are in the vault.')
param vaultSettings vaultSetting[]

@description('Settings that differ from their defaults.')
param settings plainSettings

@description('Subnet that the app goes out through; empty for none.')
param subnetId string

@description('The Front Door that all requests must come through; empty lets everybody call the app itself.')
param frontDoorId string

var secretReference = '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/'

// Those of an operator come first, so that none of them can take the place of the platform's own.
var appSettings = union(
  toObject(items(settings), item => item.key, item => string(item.value)),
  toObject(
    vaultSettings,
    setting => setting,
    setting => '${secretReference}${toLower(replace(setting, '_', '-'))})'
  ),
  {
    MCP_ENVIRONMENT: 'live'
    AZURE_CLIENT_ID: identity.clientId
    DATABASE_URL: databaseUrl
    DATABASE_AUTH: 'entra'
    REDIS_URL: redisUrl
    REDIS_AUTH: 'entra'
    REDIS_CLUSTER: 'true'
    DATABASE_MAX_CONNECTIONS: string(max(1, min(20, databaseConnections / scale.maximumInstances)))
    CREDENTIAL_KEY: '${secretReference}credential-key)'
    BOOTSTRAP_ADMIN_KEY: '${secretReference}bootstrap-admin-key)'
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identity.clientId
    AzureWebJobsStorage__blobServiceUri: storage.blob
    AzureWebJobsStorage__queueServiceUri: storage.queue
    AzureWebJobsStorage__tableServiceUri: storage.table
    APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.clientId};Authorization=AAD'
  }
)

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true, zoneRedundant: scale.zoneRedundant }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
      ipSecurityRestrictionsDefaultAction: empty(frontDoorId) ? 'Allow' : 'Deny'
      ipSecurityRestrictions: empty(frontDoorId)
        ? []
        : [
            {
              name: 'front-door'
              priority: 100
              action: 'Allow'
              tag: 'ServiceTag'
              ipAddress: 'AzureFrontDoor.Backend'
              headers: { 'x-azure-fdid': [frontDoorId] }
            }
          ]
    }
    functionAppConfig: {
      runtime: { name: 'node', version: '24' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: storage.packageContainer
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
      scaleAndConcurrency: {
        maximumInstanceCount: scale.maximumInstances
        instanceMemoryMB: scale.memoryMb
        alwaysReady: scale.alwaysReady > 0 ? [{ name: 'http', instanceCount: scale.alwaysReady }] : []
        triggers: { http: { perInstanceConcurrency: scale.httpConcurrency } }
      }
    }
  }

  resource publishing 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource config 'config' = {
    name: 'appsettings'
    properties: appSettings
  }
}

@description('Resource id of the app.')
output id string = app.id

@description('Host name of the app itself.')
output hostName string = app.properties.defaultHostName
