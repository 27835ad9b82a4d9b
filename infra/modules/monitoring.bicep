// Logs and telemetry. Both take Entra ID only: there is no key to leak.

@export()
@description('How long logs are kept, and how much of them.')
type logOptions = {
  @description('Days that logs are kept.')
  @minValue(30)
  @maxValue(730)
  days: int
  @description('Gigabytes a day after which the workspace takes no more until the next day; -1 for no limit.')
  dailyCapGb: int
}

@description('Name of the workspace, and of Application Insights after `appi-`.')
param name string

@description('Region of both.')
param location string

@description('Tags for both.')
param tags object

@description('How long and how much.')
param options logOptions

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: 'log-${name}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: options.days
    workspaceCapping: { dailyQuotaGb: options.dailyCapGb }
    features: { disableLocalAuth: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${name}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

@description('Where telemetry is sent; it is no secret, as sending takes an Entra ID token.')
output connectionString string = insights.properties.ConnectionString

@description('Resource id of the workspace, for the logs of other resources.')
output workspaceId string = workspace.id
