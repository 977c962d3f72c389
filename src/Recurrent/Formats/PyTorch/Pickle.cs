using System.Buffers.Binary;
using System.Text;
using Recurrent.Formats.Safetensors;

namespace Recurrent.Formats.PyTorch;

/// <summary>A dictionary of a pickle, in its order.</summary>
internal sealed class PickledDictionary
{
    /// <summary>The keys and their values; a key may be there twice.</summary>
    public List<(object? Key, object? Value)> Members { get; } = [];
}

/// <summary>
/// Reads a Python pickle as torch.save writes it: numbers, strings, lists, tuples, dictionaries, and what its caller
/// makes of the objects that it names. Nothing is executed: an object is looked up in the caller's few, and an
/// operation that could do more is refused by its name.
/// </summary>
internal sealed class Pickle
{
    private const string WayOut =
        "if you trust it, load it in PyTorch and save the weights alone, "
        + "torch.save(model.state_dict(), \"weights.pt\")";

    private static readonly object s_mark = new();

    // The operations of pickletools that are refused.
    private static readonly Dictionary<byte, string> s_refused = new()
    {
        [(byte)'0'] = "POP",
        [(byte)'1'] = "POP_MARK",
        [(byte)'2'] = "DUP",
        [(byte)'B'] = "BINBYTES",
        [(byte)'C'] = "SHORT_BINBYTES",
        [(byte)'F'] = "FLOAT",
        [(byte)'I'] = "INT",
        [(byte)'L'] = "LONG",
        [(byte)'P'] = "PERSID",
        [(byte)'S'] = "STRING",
        [(byte)'T'] = "BINSTRING",
        [(byte)'U'] = "SHORT_BINSTRING",
        [(byte)'V'] = "UNICODE",
        [(byte)'d'] = "DICT",
        [(byte)'g'] = "GET",
        [(byte)'i'] = "INST",
        [(byte)'l'] = "LIST",
        [(byte)'o'] = "OBJ",
        [(byte)'p'] = "PUT",
        [0x81] = "NEWOBJ",
        [0x82] = "EXT1",
        [0x83] = "EXT2",
        [0x84] = "EXT4",
        [0x8B] = "LONG4",
        [0x8E] = "BINBYTES8",
        [0x8F] = "EMPTY_SET",
        [0x90] = "ADDITEMS",
        [0x91] = "FROZENSET",
        [0x92] = "NEWOBJ_EX",
        [0x96] = "BYTEARRAY8",
        [0x97] = "NEXT_BUFFER",
        [0x98] = "READONLY_BUFFER",
    };

    private readonly byte[] _bytes;
    private readonly Func<string, object?> _find;
    private readonly Func<object?, object> _load;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private int _at;

    private Pickle(byte[] bytes, Func<string, object?> find, Func<object?, object> load) =>
        (_bytes, _find, _load) = (bytes, find, load);

    /// <summary>Reads a pickle.</summary>
    /// <param name="bytes">The pickle.</param>
    /// <param name="find">
    /// Finds an object by its qualified name: a function of a tuple, or anything else to be handed back; null if there
    /// is none.
    /// </param>
    /// <param name="load">Finds an object that is kept outside the pickle, by what the pickle calls it.</param>
    /// <returns>
    /// Null, a bool, long, double or string, a list (List), a tuple (array), a <see cref="PickledDictionary"/>, or
    /// something of the caller's.
    /// </returns>
    /// <exception cref="FormatError">It is damaged, or holds more than that.</exception>
    public static object? Read(byte[] bytes, Func<string, object?> find, Func<object?, object> load) =>
        new Pickle(bytes, find, load).Run();

    private object? Run()
    {
        while (true)
        {
            var place = _at;
            var operation = Byte();
            switch ((char)operation)
            {
                case '.':
                    return Pop();
                case '\x80': // PROTO
                    Byte();
                    break;
                case '\x95': // FRAME
                    Take(sizeof(ulong));
                    break;
                case '(':
                    _stack.Add(s_mark);
                    break;
                case 'N':
                    _stack.Add(null);
                    break;
                case '\x88':
                    _stack.Add(true);
                    break;
                case '\x89':
                    _stack.Add(false);
                    break;
                case 'K':
                    _stack.Add((long)Byte());
                    break;
                case 'M':
                    _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort))));
                    break;
                case 'J':
                    _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int))));
                    break;
                case '\x8A': // LONG1
                    _stack.Add(Long(Take(Byte())));
                    break;
                case 'G':
                    _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(sizeof(double))));
                    break;
                case 'X':
                    _stack.Add(Text(UInt32()));
                    break;
                case '\x8C': // SHORT_BINUNICODE
                    _stack.Add(Text(Byte()));
                    break;
                case '\x8D': // BINUNICODE8
                    _stack.Add(Text(BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)))));
                    break;
                case '}':
                    _stack.Add(new PickledDictionary());
                    break;
                case ']':
                    _stack.Add(new List<object?>());
                    break;
                case ')':
                    _stack.Add(Array.Empty<object?>());
                    break;
                case '\x85': // TUPLE1
                    _stack.Add(PopLast(1));
                    break;
                case '\x86': // TUPLE2
                    _stack.Add(PopLast(2));
                    break;
                case '\x87': // TUPLE3
                    _stack.Add(PopLast(3));
                    break;
                case 't':
                    _stack.Add(PopToMark());
                    break;
                case 'a':
                    var item = Pop();
                    Top<List<object?>>(place).Add(item);
                    break;
                case 'e':
                    var items = PopToMark();
                    Top<List<object?>>(place).AddRange(items);
                    break;
                case 's':
                    Set(PopLast(2), place);
                    break;
                case 'u':
                    Set(PopToMark(), place);
                    break;
                case 'q':
                    _memo[Byte()] = Top<object>(place);
                    break;
                case 'r':
                    _memo[UInt32()] = Top<object>(place);
                    break;
                case '\x94': // MEMOIZE
                    _memo[(uint)_memo.Count] = Top<object>(place);
                    break;
                case 'h':
                    _stack.Add(Remembered(Byte(), place));
                    break;
                case 'j':
                    _stack.Add(Remembered(UInt32(), place));
                    break;
                case 'c':
                    var module = Line();
                    _stack.Add(Named($"{module}.{Line()}"));
                    break;
                case '\x93': // STACK_GLOBAL
                    _stack.Add(PopLast(2) is [string from, string own] ? Named($"{from}.{own}") : throw Damaged(place));
                    break;
                case 'R':
                    _stack.Add(
                        PopLast(2) is [Func<object?[], object?> call, object?[] arguments]
                            ? call(arguments)
                            : throw Damaged(place)
                    );
                    break;
                case 'Q':
                    _stack.Add(_load(Pop()));
                    break;
                case 'b': // attributes, such as the versions of modules that a state dictionary carries
                    Pop();
                    Top<PickledDictionary>(place);
                    break;
                default:
                    throw s_refused.TryGetValue(operation, out var refused)
                        ? new FormatError($"its pickle uses {refused}, which a dictionary of tensors does not", WayOut)
                        : Damaged(place);
            }
        }
    }

    private object Named(string name) =>
        _find(name)
        ?? throw new FormatError(
            $"its pickle names the Python object {FormatError.OneLine(name, 80)}, which no dictionary of tensors needs "
                + "(nothing of it was executed)",
            WayOut
        );

    private void Set(object?[] pairs, int place)
    {
        var dictionary = Top<PickledDictionary>(place);
        if (pairs.Length % 2 != 0)
        {
            throw Damaged(place);
        }
        for (var i = 0; i < pairs.Length; i += 2)
        {
            dictionary.Members.Add((pairs[i], pairs[i + 1]));
        }
    }

    private object? Remembered(uint key, int place) =>
        _memo.TryGetValue(key, out var value) ? value : throw Damaged(place);

    private T Top<T>(int place) => _stack is [.., T top] ? top : throw Damaged(place);

    private object? Pop() => PopLast(1)[0];

    private object?[] PopLast(int count)
    {
        if (_stack.Count < count)
        {
            throw Damaged(_at);
        }
        object?[] items = [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return items;
    }

    private object?[] PopToMark()
    {
        var mark = _stack.LastIndexOf(s_mark);
        if (mark < 0)
        {
            throw Damaged(_at);
        }
        var items = PopLast(_stack.Count - mark - 1);
        _stack.RemoveAt(mark);
        return items;
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(_bytes.Length - _at))
        {
            throw new FormatError($"its pickle is cut short: it ends after {_bytes.Length:#,0} bytes");
        }
        var taken = _bytes.AsSpan(_at, (int)count);
        _at += (int)count;
        return taken;
    }

    private byte Byte() => Take(1)[0];

    private uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    private string Text(ulong length) => Encoding.UTF8.GetString(Take(length));

    private string Line()
    {
        var length = _bytes.AsSpan(_at).IndexOf((byte)'\n');
        var line = Text(length < 0 ? ulong.MaxValue : (ulong)length);
        _at++;
        return line;
    }

    private long Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > sizeof(long))
        {
            throw new FormatError($"its pickle has an integer of {bytes.Length} bytes", WayOut);
        }
        Span<byte> whole = stackalloc byte[sizeof(long)];
        whole.Fill(bytes is [.., >= 0x80] ? (byte)0xFF : (byte)0);
        bytes.CopyTo(whole);
        return BinaryPrimitives.ReadInt64LittleEndian(whole);
    }

    private static FormatError Damaged(int place) => new($"its pickle makes no sense from byte {place} on");
}
