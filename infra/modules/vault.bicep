// The vault of the secrets that there must be: the key that encrypts data-source credentials, the first admin key, and
// what an operator puts there for alert channels. Bicep writes none of them; infra/hooks makes the first two once.

@description('Name of the vault, unique in Azure.')
param name string

@description('Region of the vault.')
param location string

@description('Tags for the vault.')
param tags object

@description('Whether the vault can be reached from outside of the virtual network.')
param publicAccess bool

@description('Resource id of the workspace that takes the vault\'s audit log.')
param workspaceId string

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    // Losing the credential key makes every stored data-source credential unreadable.
    enableSoftDelete: true
    enablePurgeProtection: true
    softDeleteRetentionInDays: 90
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    networkAcls: { bypass: 'AzureServices', defaultAction: publicAccess ? 'Allow' : 'Deny' }
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}

@description('Resource id of the vault.')
output id string = vault.id

@description('Address of the vault, with a slash at the end.')
output uri string = vault.properties.vaultUri
