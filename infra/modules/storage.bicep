// Storage of one region: the host's own state, the package, the queues, and the containers for artifacts and audit.

@export()
@description('How safe the data is.')
type storageOptions = {
  @description('How the data is replicated.')
  sku: 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GRS' | 'Standard_GZRS'
  @description('Days for which nothing in the audit container can be changed or deleted. The policy is made unlocked; locking it is a step of docs/operations.md.')
  @minValue(1)
  @maxValue(146000)
  auditDays: int
}

@export()
@description('Where the app finds its storage.')
type storageEndpoints = {
  @description('Address of the blobs.')
  blob: string
  @description('Address of the queues.')
  queue: string
  @description('Address of the tables.')
  table: string
  @description('Container that the package is run from.')
  packageContainer: string
}

@description('Name of the account, unique in Azure: lower-case letters and digits.')
param name string

@description('Region of the account.')
param location string

@description('Tags for the account.')
param tags object

@description('How safe the data is.')
param options storageOptions

@description('Whether the account can be reached from outside of the virtual network.')
param publicAccess bool

// The queues of functions/, each with the poison queue that the host names after it.
var queues = ['alert-dispatch', 'query-jobs']
var poisonQueues = map(queues, queue => '${queue}-poison')

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: options.sku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    networkAcls: { bypass: 'AzureServices', defaultAction: publicAccess ? 'Allow' : 'Deny' }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: { enabled: true, days: 14 }
      containerDeleteRetentionPolicy: { enabled: true, days: 14 }
    }

    // What Flex Consumption runs: the newest zip that was deployed.
    resource packages 'containers' = { name: 'packages' }

    // The rows of query jobs, which the platform itself removes after a day.
    resource exports 'containers' = { name: 'exports' }

    // For model artifacts, which are planned: the platform does not write here yet.
    resource artifacts 'containers' = { name: 'artifacts' }

    // For the mirror of the audit log, which is planned: the platform does not write here yet.
    resource audit 'containers' = {
      name: 'audit'

      resource immutability 'immutabilityPolicies' = {
        name: 'default'
        properties: {
          immutabilityPeriodSinceCreationInDays: options.auditDays
          allowProtectedAppendWrites: true
        }
      }
    }
  }

  resource queueService 'queueServices' = {
    name: 'default'

    resource all 'queues' = [for queue in concat(queues, poisonQueues): { name: queue }]
  }

  resource lifecycle 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'cool-artifacts-and-audit'
            type: 'Lifecycle'
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['artifacts/', 'audit/'] }
              actions: { baseBlob: { tierToCool: { daysAfterModificationGreaterThan: 30 } } }
            }
          }
        ]
      }
    }
  }
}

@description('Resource id of the account.')
output id string = account.id

@description('Where the app finds its storage.')
output endpoints storageEndpoints = {
  blob: account.properties.primaryEndpoints.blob
  queue: account.properties.primaryEndpoints.queue
  table: account.properties.primaryEndpoints.table
  packageContainer: '${account.properties.primaryEndpoints.blob}${account::blobs::packages.name}'
}
