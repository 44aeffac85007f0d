import { nested } from './fixtures.ts'

const sendMail = (rest: string) =>
  `O:16:"app\\obj\\SendMail":6:{s:2:"to";s:5:"x@y.z";s:10:"\0*\0subject";s:6:"你好";s:24:"\0app\\obj\\SendMail\0secret";s:3:"s/1";s:5:"throw";b:0;${rest}}`
const command = (commandName: string, text: string) => ({
  job: 'think\\queue\\CallQueuedHandler@call',
  data: { commandName, command: text },
})
const chars = (from: number, to: number) =>
  String.fromCharCode(...Array.from({ length: to - from + 1 }, (_, at) => from + at))

/** The data of each recorded push, said in JavaScript. */
export const dataByCase: Readonly<Record<string, unknown>> = {
  array_unicode_slash: { a: 1, 中文: '路/径' },
  no_data_default: undefined,
  empty_string: '',
  string_data: 'hello "q" \\ / <b>&\'x\'',
  numeric_string: { n: '123', f: '1.50', e: '1e5', z: '007' },
  int_data: 42,
  bool_true: true,
  bool_false: false,
  null_data: null,
  empty_array: [],
  empty_object: {},
  nested_empty: { o: {}, l: [], lo: [{}, []], n: null },
  list: [1, 'two', [3]],
  sparse_list: { 1: 'a', 3: 'b' },
  obj_int_keys_0_1: { 0: 'a', 1: 'b' },
  key_order_zya: { z: 1, y: 2, a: 3 },
  empty_key: { '': 'e', _empty_: 'u' },
  proto_key: { ['__proto__']: { x: 1 }, constructor: 2 },
  meta_like_keys: { id: 'mine', attempts: 99, job: 'x', data: 'y' },
  ints_big: {
    max: 9223372036854775807n,
    min: -9223372036854775808n,
    '2p53': 9007199254740992n,
    '2p53p1': 9007199254740993n,
    u32: 4294967296,
  },
  int_overflow_float: { x: 2 ** 63, y: 1e20 },
  floats: {
    one: 1,
    tenth: 0.1,
    sum: 0.1 + 0.2,
    third: 1 / 3,
    neg0: -0,
    e15: 1e15,
    e16: 1e16,
    e17: 1e17,
    e18: 1e18,
    e25: 1e25,
    m4: 0.0001,
    m5: 0.00001,
    m7: 1e-7,
    pi: Math.PI,
    price: 19.99,
    big: 123456789012345680,
    maxf: Number.MAX_VALUE,
    minf: 5e-324,
    h: 1.5,
    neg: -2.25,
  },
  unicode_mix: {
    emoji: '😀',
    latin: 'é',
    euro: '€',
    ls: '\u2028\u2029',
    del: '\x7f',
    nbsp: '\u00a0',
    bom: '\ufeff',
    ffff: '\uffff',
  },
  control_chars: chars(0, 31),
  ascii_printable: chars(32, 127),
  null_byte_key: { '\0a': 1 },
  multiline: 'a\r\nb\tc',
  job_namespaced_method: { k: 'v' },
  job_module: { k: 'v' },
  job_leading_backslash: { k: 'v' },
  json_serializable: { toJSON: () => ({ from: 'js' }) },
  datetime_data: { date: '2020-01-02 03:04:05.000000', timezone_type: 3, timezone: 'UTC' },
  queue_empty_string: 1,
  queue_zero_string: 1,
  queue_with_comma: 1,
  queue_unicode_space: 1,
  queue_with_colon: 1,
  later_5: { a: 1 },
  later_0: { a: 1 },
  later_negative: { a: 1 },
  later_numeric_string: { a: 1 },
  later_float: { a: 1 },
  later_year: { a: 1 },
  object_push: command('app\\obj\\SendMail', sendMail('s:5:"queue";N;s:5:"delay";N;')).data,
  object_push_own_queue_delay: command(
    'app\\obj\\SendMail',
    sendMail('s:5:"queue";s:3:"own";s:5:"delay";i:9;'),
  ).data,
  object_later: command('app\\obj\\SendMail', sendMail('s:5:"queue";N;s:5:"delay";N;')).data,
  plain_object_no_interface: command(
    'ArrayObject',
    'O:11:"ArrayObject":4:{i:0;i:0;i:1;a:2:{i:0;i:1;i:1;i:2;}i:2;a:0:{}i:3;N;}',
  ).data,
  depth_max_ok: nested(510),
}

const sorted = 'JavaScript puts integer-like keys in ascending order, so this order cannot be said'
/** Pushes that have no counterpart here, on either wire. */
export const phpOnly: Readonly<Record<string, string>> = {
  int_keys_order: sorted,
  obj_int_keys_order: sorted,
  later_datetime: 'PHP throws before it writes; delays are no part of the payload',
  err_invalid_utf8:
    'PHP refuses; a JavaScript string cannot hold invalid UTF-8 (lone surrogates are refused)',
  err_nan: 'both refuse',
  err_inf: 'both refuse',
  err_closure_job: 'PHP throws; a job here is named by a string',
  closure_in_data: 'PHP writes {} and loses the closure; here a function is refused',
  err_depth: 'PHP writes on MySQL what its own worker cannot read; here it is refused',
}

const rewritten = 'on Redis PHP decodes and encodes the payload once more while pushing'
/** Pushes that PHP's Redis connector alters before it stores them; the bytes here are those of MySQL. */
export const redisAlters: Readonly<Record<string, string>> = {
  empty_object: `${rewritten}: {} became []`,
  nested_empty: `${rewritten}: {} became []`,
  obj_int_keys_0_1: `${rewritten}: {"0":…,"1":…} became a list`,
  floats: `${rewritten}: -0 became 0`,
}
