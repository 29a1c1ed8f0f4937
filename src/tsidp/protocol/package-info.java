/// The words of the protocol that every layer above uses: requests' parameters, scopes, errors, secrets, the issuer.
package tsidp.protocol;
