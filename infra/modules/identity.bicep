// The identity that the platform signs in with everywhere. It has no secret.

@export()
@description('The identity, by each of the names that are asked for.')
type platformIdentity = {
  @description('Resource id, for what runs as this identity.')
  id: string
  @description('Name, its user name in PostgreSQL.')
  name: string
  @description('Client id, by which a program asks for tokens of this identity.')
  clientId: string
  @description('Object id, to which roles are assigned.')
  principalId: string
}

@description('Name of the identity; also its user name in PostgreSQL.')
param name string

@description('Region of the identity.')
param location string

@description('Tags for the identity.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('The identity.')
output identity platformIdentity = {
  id: identity.id
  name: identity.name
  clientId: identity.properties.clientId
  principalId: identity.properties.principalId
}
