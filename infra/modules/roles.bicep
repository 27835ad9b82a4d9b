// Every role that anybody is given, as one list. The resource group holds nothing but this platform, so it is the scope.

@export()
@description('Whoever deploys.')
type deployerOptions = {
  @description('Object id; empty or left out for nobody.')
  id: string?
  @description('What it is; left out for a person.')
  type: ('User' | 'Group' | 'ServicePrincipal')?
}

@description('Object id of the platform\'s identity.')
param platformPrincipalId string

@description('Whoever deploys, who gets no role where there is no id.')
param deployer deployerOptions

var deployerId = deployer.?id ?? ''
var platform = { principalId: platformPrincipalId, principalType: 'ServicePrincipal' }
var person = { principalId: deployerId, principalType: deployer.?type ?? 'User' }

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
var forPlatform = [
  {
    ...platform
    roleId: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
    reason: 'Storage Blob Data Owner: the host keeps its package, locks and timer schedules in blobs, the app the rows of query jobs'
  }
  {
    ...platform
    roleId: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
    reason: 'Storage Queue Data Contributor: alerts are sent through queues and read from them'
  }
  {
    ...platform
    roleId: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
    reason: 'Storage Table Data Contributor: the host writes its diagnostic events to a table'
  }
  {
    ...platform
    roleId: '4633458b-17de-408a-b874-0445c86b69e6'
    reason: 'Key Vault Secrets User: settings that are secrets are references into the vault'
  }
  {
    ...platform
    roleId: '3913510d-42f4-4e42-8a64-420c390055eb'
    reason: 'Monitoring Metrics Publisher: telemetry is sent with Entra ID, as Application Insights takes no key'
  }
]

var forDeployer = empty(deployerId)
  ? []
  : [
      {
        ...person
        roleId: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
        reason: 'Key Vault Secrets Officer: reads the first admin key and sets the secrets of alert channels'
      }
      {
        ...person
        roleId: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
        reason: 'Storage Blob Data Contributor: uploads the package and reads exports'
      }
    ]

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in concat(forPlatform, forDeployer): {
    name: guid(resourceGroup().id, role.principalId, role.roleId)
    properties: {
      principalId: role.principalId
      principalType: role.principalType
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.roleId)
      description: role.reason
    }
  }
]
