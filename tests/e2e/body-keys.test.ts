/** A key is cut out of a JSON body, and nothing else in it changes its value: on both releases of workerd. */
import { digestOf } from '../support/auth.ts';
import { onBothReleases } from '../support/both-releases.ts';
import { gatewayFor } from '../support/gateway.ts';
import { act, originFor } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';

onBothReleases(async (t, workerd) => {
  await t.test('numbers keep their digits', async (t) => {
    const origin = await originFor(
      t,
      (_received, request, response) => void request.on('end', () => void act({}, response)),
    );
    const gateway = await gatewayFor(
      t,
      {
        origins: [origin.url],
        responseHeaders: false,
        auth: { keyIn: ['body'] },
        consumers: [{ id: 'bob', credentials: [{ sha256: digestOf('good') }] }],
      },
      { workerd },
    );
    const rest =
      '"id":12345678901234567890,"price":1.10,"list":[1e400,-0,{"deep":0.1000000000000000055}],"text":"é\\u0000"}';
    const headers = [['Content-Type', 'application/json']] as const;
    const answer = await rawRequest(gateway.port, {
      method: 'POST',
      headers,
      body: `{"apikey":"good",${rest}`,
    });
    t.equal(answer.status, 200);
    t.equal(String(origin.received[0]?.body), `{${rest}`);
  });
});
