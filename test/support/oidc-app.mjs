// A web app that signs people in by OpenID Connect, as an app on localhost does: code flow with PKCE, `fetch` and no library.
import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';

const [name, issuer] = process.argv.slice(2);
const logins = new Map();
const random = () => randomBytes(32).toString('base64url');
const html = (response, text) =>
  response.setHeader('Content-Type', 'text/html').end(`<title>${name}</title><p id="said">${text}</p>`);

async function signIn(url, request, origin) {
  const state = url.searchParams.get('state') ?? '';
  const own = /(?:^|; )state=([^;]+)/.exec(request.headers.cookie ?? '')?.[1];
  const verifier = logins.get(state);
  if (state !== own || verifier === undefined) return 'not a login of this app';
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: 'app',
      code: url.searchParams.get('code') ?? '',
      redirect_uri: `${origin}/callback`,
      code_verifier: verifier,
    }),
  });
  const { access_token: token } = await answer.json();
  const me = await fetch(`${issuer}/me`, { headers: { Authorization: `Bearer ${token}` } });
  return `${name}: ${(await me.json()).sub} at ${origin}`;
}

http
  .createServer(async (request, response) => {
    const origin = `http://${request.headers.host}`;
    const url = new URL(request.url, origin);
    if (url.pathname === '/login') {
      const [state, verifier] = [random(), random()];
      logins.set(state, verifier);
      const query = new URLSearchParams({
        client_id: 'app',
        response_type: 'code',
        scope: 'openid',
        redirect_uri: `${origin}/callback`,
        state,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      });
      response.setHeader('Set-Cookie', `state=${state}; HttpOnly; SameSite=Lax`);
      return response.writeHead(302, { Location: `${issuer}/auth?${query}` }).end();
    }
    if (url.pathname === '/callback') {
      return html(response, await signIn(url, request, origin).catch((error) => String(error)));
    }
    html(response, '<a href="/login">Sign in</a>');
  })
  .listen(3000, 'localhost');
