import { describe, expect, test } from '@jest/globals';
import { Decimal128, Double, Int32, Long, ObjectId } from '../../../../src/bson.ts';
import { parseRule } from '../../../../src/functions/app/rule-expression.ts';

const FACTS = {
  user: {
    id: '63ed2dbe5960df2af7fd216e',
    type: 'normal',
    data: { email: 'a@example.com' },
    custom_data: {
      role: 'owner',
      level: new Int32(3),
      big: Long.fromString('9007199254740993'),
      tags: ['a', 'b'],
      none: null,
      at: new Date(5),
      ref: new ObjectId('63ed2dbe5960df2af7fd2170'),
    },
  },
  args: [new Double(4), { name: 'x', list: [new Int32(1)] }, '63ed2dbe5960df2af7fd216e'],
  values: { admins: ['63ed2dbe5960df2af7fd216e'] },
  environment: { tag: 'production', values: { open: true } },
  request: { remoteIPAddress: '127.0.0.1' },
};

function evaluate(json: unknown): boolean {
  const problems: string[] = [];
  const rule = parseRule(json, 'rule', problems);
  expect(problems).toEqual([]);
  return rule(FACTS);
}

describe('a rule', () => {
  test.each<[unknown]>([
    [{}],
    [true],
    ['%%true'],
    [{ '%%user.id': '63ed2dbe5960df2af7fd216e' }],
    [{ '%%user.custom_data.role': 'owner', '%%environment.tag': 'production' }],
    [{ '%%user.custom_data.level': 3 }],
    [{ '%%user.custom_data.level': { $gt: 2, $lte: 3 } }],
    [{ '%%user.custom_data.level': { '%and': [{ $gte: 3 }, { $lt: 4 }] } }],
    [{ '%%user.custom_data.big': { $gt: 9007199254740991 } }],
    [{ '%%user.custom_data.role': { $in: ['admin', 'owner'] } }],
    [{ '%%user.custom_data.role': { $nin: ['admin'] } }],
    [{ '%%user.custom_data.role': { '%ne': 'guest' } }],
    [{ '%%user.custom_data.role': { $not: { $eq: 'guest' } } }],
    [{ '%%user.custom_data.none': null }],
    [{ '%%user.custom_data.tags': ['a', 'b'] }],
    [{ '%%user.custom_data.tags.1': 'b' }],
    [{ '%%user.custom_data.missing': { $exists: false } }],
    [{ '%%user.custom_data.role': { '%exists': true } }],
    [{ '%%user.id': { $in: '%%values.admins' } }],
    [{ '%%args.2': '%%user.id' }],
    [{ '%%args.0': 4 }],
    [{ '%%args.1': { name: 'x', list: [1] } }],
    [{ '%%args.1.list.0': { $lt: 2 } }],
    [{ '%%request.remoteIPAddress': { $in: ['127.0.0.1'] } }],
    [{ '%%environment.values.open': true }],
    [{ '%or': [{ '%%user.type': 'server' }, { '%%user.type': 'normal' }] }],
    [{ $and: [{ '%%user.type': 'normal' }, true] }],
    [{ '%nor': [{ '%%user.type': 'server' }] }],
    [{ '%not': { '%%user.type': 'server' } }],
    [{ '%%true': '%%environment.values.open' }],
    [{ '%%true': { '%%user.type': 'normal' } }],
    [{ '%%false': { '%%user.type': 'server' } }],
    [{ '%%user.custom_data.role': { $gt: 'a' } }],
  ])('allows %j', (json) => {
    expect(evaluate(json)).toBe(true);
  });

  test.each<[unknown]>([
    [false],
    ['%%false'],
    [{ '%%user.custom_data.role': 'guest' }],
    [{ '%%user.custom_data.role': 'owner', '%%environment.tag': 'qa' }],
    [{ '%%user.custom_data.level': { $gt: 2, $lt: 3 } }],
    [{ '%%user.custom_data.level': '3' }],
    [{ '%%user.custom_data.level': { $gt: 'a' } }],
    [{ '%%user.custom_data.level': { $lte: null } }],
    [{ '%%user.custom_data.missing': null }],
    [{ '%%user.custom_data.tags': 'a' }],
    [{ '%%user.custom_data.role.length': 5 }],
    [{ '%%args.__proto__': {} }],
    [{ '%%user.custom_data.ref': '63ed2dbe5960df2af7fd2170' }],
    [{ '%or': [] }],
    [{ '%%true': '%%user.type' }],
  ])('refuses %j', (json) => {
    expect(evaluate(json)).toBe(false);
  });

  test('about two things that are not there refuses', () => {
    expect(evaluate({ '%%user.custom_data.missing': '%%args.7' })).toBe(false);
    expect(evaluate({ '%%user.custom_data.missing': { $in: ['%%args.7'] } })).toBe(false);
  });

  test('compares numbers by value, whatever their BSON type', () => {
    const rule = parseRule({ '%%args.0': 7 }, 'rule', []);
    for (const seven of [new Int32(7), new Double(7), Long.fromInt(7), new Decimal128('7')]) {
      expect(rule({ ...FACTS, args: [seven] })).toBe(true);
    }
  });

  test('compares dates with dates', () => {
    const rule = parseRule({ '%%args.0': { $lt: '%%user.custom_data.at' } }, 'rule', []);
    expect(rule({ ...FACTS, args: [new Date(4)] })).toBe(true);
    expect(rule({ ...FACTS, args: [new Date(6)] })).toBe(false);
  });

  test.each<[unknown, string]>([
    ['yes', 'rule must be an object, true or false'],
    [[], 'rule must be an object, true or false'],
    [{ '%%root.owner': 1 }, 'rule.%%root.owner is no expansion or operator that is supported here'],
    [{ owner: 1 }, 'rule.owner is no expansion or operator that is supported here'],
    [{ '%%user.id': '%%this' }, 'rule.%%user.id names an expansion that is not supported here'],
    [
      { '%%user.id': { $regex: 'a' } },
      'rule.%%user.id.$regex is no operator that is supported here',
    ],
    [{ '%or': {} }, 'rule.%or must be a list of expressions'],
    [{ '%%user.id': { $and: 1 } }, 'rule.%%user.id.$and must be a list'],
    [{ '%and': [{ x: 1 }] }, 'rule.%and[0].x is no expansion or operator that is supported here'],
    [
      { '%%true': { '%function': { name: 'f' } } },
      'rule.%%true.%function is no expansion or operator that is supported here',
    ],
    [
      { '%%user.id': { $eq: { '%stringToOid': 'x' } } },
      'rule.%%user.id.$eq must be a value without operators',
    ],
  ])('that is %j is not understood', (json, problem) => {
    const problems: string[] = [];
    const rule = parseRule(json, 'rule', problems);
    expect(problems).toEqual([problem]);
    expect(rule(FACTS)).toBe(false);
  });
});
