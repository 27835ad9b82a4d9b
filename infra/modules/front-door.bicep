// Front Door: one address for all regions, which leaves out a region that does not answer.

@description('Name of the profile and of its endpoint, whose address gets a hash and Azure\'s domain.')
param name string

@description('Tags for both.')
param tags object

@description('Host names of the apps, the preferred one first.')
param hostNames string[]

resource profile 'Microsoft.Cdn/profiles@2025-04-15' = {
  name: name
  location: 'global'
  tags: tags
  sku: { name: 'Standard_AzureFrontDoor' }
  // As long as the longest answer that Functions lets an HTTP function take.
  properties: { originResponseTimeoutSeconds: 230 }
}

resource endpoint 'Microsoft.Cdn/profiles/afdEndpoints@2025-04-15' = {
  parent: profile
  name: name
  location: 'global'
  tags: tags
  properties: { enabledState: 'Enabled' }
}

resource group 'Microsoft.Cdn/profiles/originGroups@2025-04-15' = {
  parent: profile
  name: 'apps'
  properties: {
    healthProbeSettings: {
      probePath: '/api/health/ready'
      probeProtocol: 'Https'
      probeRequestType: 'GET'
      probeIntervalInSeconds: 30
    }
    loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3, additionalLatencyInMilliseconds: 50 }
    sessionAffinityState: 'Disabled'
  }
}

resource origins 'Microsoft.Cdn/profiles/originGroups/origins@2025-04-15' = [
  for (hostName, i) in hostNames: {
    parent: group
    name: 'app-${i}'
    properties: {
      hostName: hostName
      originHostHeader: hostName
      httpsPort: 443
      priority: i + 1
      weight: 1000
      enforceCertificateNameCheck: true
      enabledState: 'Enabled'
    }
  }
]

resource route 'Microsoft.Cdn/profiles/afdEndpoints/routes@2025-04-15' = {
  parent: endpoint
  name: 'all'
  properties: {
    originGroup: { id: group.id }
    patternsToMatch: ['/*']
    supportedProtocols: ['Https']
    httpsRedirect: 'Disabled'
    forwardingProtocol: 'HttpsOnly'
    linkToDefaultDomain: 'Enabled'
    enabledState: 'Enabled'
  }
  // A route to a group without origins is refused.
  dependsOn: [origins]
}

@description('Where callers go.')
output hostName string = endpoint.properties.hostName

@description('What Front Door writes into X-Azure-FDID, so that an app can refuse whoever comes past it.')
output frontDoorId string = profile.properties.frontDoorId
