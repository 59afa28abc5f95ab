// A real OpenID provider with one client and a login page of its own. Arguments: the address to listen at, then the client's
// redirect URIs. Prints its issuer.
import http from 'node:http';
import Provider from 'oidc-provider';

const [host, ...redirectUris] = process.argv.slice(2);
const server = http.createServer();
server.listen(0, host, () => {
  const issuer = `http://${host}:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'app',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: redirectUris,
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    pkce: { required: () => true },
    cookies: { keys: ['only for this test'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    // Whoever signs in has agreed already.
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid');
      await grant.save();
      return grant;
    },
  });
  const handle = provider.callback();
  server.on('request', async (request, response) => {
    if (!request.url.startsWith('/interaction/')) return handle(request, response);
    if (request.method === 'GET') {
      response.setHeader('Content-Type', 'text/html');
      return response.end('<form method="post"><input name="login" required><button>Sign in</button></form>');
    }
    let body = '';
    for await (const chunk of request) body += chunk;
    const accountId = new URLSearchParams(body).get('login');
    await provider.interactionFinished(request, response, { login: { accountId }, consent: {} });
  });
  console.log(issuer);
});
