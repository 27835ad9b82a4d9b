// Who is told when the platform's resources are in trouble or cost more than planned. The platform's own alerts (models,
// deliveries) go their own way: see docs/operations.md.

@export()
@description('Who is told, and from what cost.')
type alertOptions = {
  @description('Who gets mail; empty for no alerts and no budget.')
  email: string
  @description('What a month may cost, in the currency of the bill; mail is sent at 80 %, and when 100 % is forecast.')
  monthlyBudget: int
  @description('First day of the month from which the budget counts (yyyy-MM-01), which cannot be changed later; empty for this month. azd remembers it.')
  budgetStart: string
}

@description('Name of the action group, the budget and, before a dash, of each alert.')
param name string

@description('Tags for the action group and the alerts.')
param tags object

@description('Who is told, and from what cost.')
param options alertOptions

@description('First day of this month; left out by whoever calls, as only a parameter can know the date.')
param thisMonth string = utcNow('yyyy-MM-01')

@description('Resource id of the app.')
param appId string

@description('Resource id of the database server.')
param databaseId string

@description('Resource id of the storage account.')
param storageId string

// Looked at each minute over the last five. Severity 0 is critical, 4 a remark. Each description names its runbook in
// docs/operations.md.
var rules = [
  {
    name: 'server-errors'
    scope: appId
    metric: 'Http5xx'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 10
    severity: 1
    description: 'More than ten requests failed in five minutes: runbook "The API answers 5xx"'
  }
  {
    name: 'database-away'
    scope: databaseId
    metric: 'is_db_alive'
    aggregation: 'Maximum'
    operator: 'LessThan'
    threshold: 1
    severity: 0
    description: 'PostgreSQL does not answer: runbook "The database is away"'
  }
  {
    name: 'database-full'
    scope: databaseId
    metric: 'storage_percent'
    aggregation: 'Average'
    operator: 'GreaterThan'
    threshold: 85
    severity: 2
    description: 'The storage of PostgreSQL fills faster than it grows: runbook "The database is slow or full"'
  }
  {
    name: 'database-busy'
    scope: databaseId
    metric: 'cpu_percent'
    aggregation: 'Average'
    operator: 'GreaterThan'
    threshold: 90
    severity: 2
    description: 'PostgreSQL is short of CPU: runbook "The database is slow or full"'
  }
  {
    name: 'storage-failing'
    scope: storageId
    metric: 'Availability'
    aggregation: 'Average'
    operator: 'LessThan'
    threshold: 99
    severity: 1
    description: 'Queues or the package cannot be read: runbook "Alerts are not delivered"'
  }
]

var budgetStart = empty(options.budgetStart) ? thisMonth : options.budgetStart

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'mcp'
    enabled: true
    emailReceivers: [{ name: 'operators', emailAddress: options.email, useCommonAlertSchema: true }]
  }
}

resource metricAlerts 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for rule in rules: {
    name: '${name}-${rule.name}'
    location: 'global'
    tags: tags
    properties: {
      description: rule.description
      severity: rule.severity
      enabled: true
      scopes: [rule.scope]
      evaluationFrequency: 'PT1M'
      windowSize: 'PT5M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: rule.name
            metricName: rule.metric
            timeAggregation: rule.aggregation
            operator: rule.operator
            threshold: rule.threshold
          }
        ]
      }
      actions: [{ actionGroupId: people.id }]
    }
  }
]

resource budget 'Microsoft.Consumption/budgets@2024-08-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: options.monthlyBudget
    timeGrain: 'Monthly'
    timePeriod: { startDate: budgetStart }
    notifications: {
      spent: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: [options.email]
      }
      forecast: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: [options.email]
      }
    }
  }
}

@description('The month from which the budget counts.')
output budgetStart string = budgetStart
