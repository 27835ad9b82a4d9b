/**
 * What @azure/functions asks of a WHATWG Request, which is made only when somebody reads more of it than method and
 * address. The library makes one for every invocation (90 µs of a cached query's 640); what serves here reads the
 * connection instead (`http-peer.ts`). `scripts/build.ts` binds it to the name `Request` in the library's own source.
 */
type Init = NonNullable<ConstructorParameters<typeof Request>[1]>;

export class LazyRequest {
  readonly url: string;
  readonly method: string;
  readonly #init: Init;
  #made: Request | null = null;

  /** @throws TypeError for an address that is none; what else a Request refuses, it refuses when it is made. */
  constructor(url: string, init: Init) {
    this.url = new URL(url).href;
    this.method = init.method ?? "GET";
    this.#init = init;
  }

  get #request(): Request {
    this.#made ??= new Request(this.url, this.#init);
    return this.#made;
  }

  get headers(): Headers {
    return this.#request.headers;
  }

  get body(): Request["body"] {
    return this.#request.body;
  }

  get bodyUsed(): boolean {
    return this.#made?.bodyUsed ?? false;
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#request.arrayBuffer();
  }

  blob(): ReturnType<Request["blob"]> {
    return this.#request.blob();
  }

  formData(): ReturnType<Request["formData"]> {
    return this.#request.formData();
  }

  json(): Promise<unknown> {
    return this.#request.json();
  }

  text(): Promise<string> {
    return this.#request.text();
  }

  clone(): Request {
    return this.#request.clone();
  }
}
