// A private address for one service, with the name under which the app finds it.

@description('Name of the endpoint.')
param name string

@description('Region of the endpoint: that of the network.')
param location string

@description('Tags for the endpoint.')
param tags object

@description('Resource id of what is reached.')
param targetId string

@description('Which part of it, as Azure names it: `blob`, `vault`, `postgresqlServer`.')
param groupId string

@description('Private DNS zone of that part.')
param zoneName string

@description('Resource id of the network whose name lookups the zone answers.')
param networkId string

@description('Resource id of the subnet of the endpoint.')
param subnetId string

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: zoneName
  location: 'global'
  tags: tags

  resource link 'virtualNetworkLinks' = {
    name: 'platform'
    location: 'global'
    tags: tags
    properties: { registrationEnabled: false, virtualNetwork: { id: networkId } }
  }
}

resource endpoint 'Microsoft.Network/privateEndpoints@2025-01-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      { name: groupId, properties: { privateLinkServiceId: targetId, groupIds: [groupId] } }
    ]
  }

  resource dns 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: groupId, properties: { privateDnsZoneId: zone.id } }]
    }
  }
}
