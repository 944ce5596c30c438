using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Moda.Weights;

/// <summary>What a pickle may refer to by name; everything else is refused.</summary>
internal interface IPickleGlobals
{
    /// <summary>Looks a global name up.</summary>
    /// <returns>Something to stand for it; null when the name is not on the list.</returns>
    object? Find(string module, string name);

    /// <summary>Calls a callable (REDUCE, NEWOBJ).</summary>
    /// <exception cref="InvalidDataException">It is no callable, or the arguments are not those that it has in checkpoints.</exception>
    object? Call(object? callable, object?[] arguments);

    /// <summary>Gives an object its state (BUILD).</summary>
    /// <exception cref="InvalidDataException">The object takes no such state.</exception>
    object? SetState(object? target, object? state);

    /// <summary>Resolves a persistent id: the storage of a tensor.</summary>
    /// <exception cref="InvalidDataException">It is no storage.</exception>
    object? FindPersistent(object? id);
}

/// <summary>
/// Reads a pickle as data: a stack machine with a closed list of opcodes over a closed list of names. No code of the file is run, and
/// nothing is looked up by reflection.
/// </summary>
/// <remarks>
/// Values are null, <see cref="bool"/>, <see cref="long"/>, <see cref="BigInteger"/>, <see cref="double"/>, <see cref="string"/>,
/// <c>byte[]</c>, <c>object?[]</c> (tuples), <see cref="List{T}"/>, <see cref="PickleDictionary"/>, and what the globals make.
/// </remarks>
internal ref struct PickleReader
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly object MarkObject = new();

    private readonly string path;
    private readonly ReadOnlySpan<byte> data;
    private readonly IPickleGlobals globals;
    private readonly List<object?> stack = [];
    private readonly Dictionary<uint, object?> memo = [];

    private PickleReader(string path, ReadOnlySpan<byte> data, IPickleGlobals globals)
    {
        this.path = path;
        this.data = data;
        this.globals = globals;
    }

    private int Position { get; set; }

    /// <summary>Reads one pickle.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="data">Begins with the pickle.</param>
    /// <param name="globals">The names that it may use.</param>
    /// <param name="length">The bytes that it took.</param>
    /// <exception cref="CheckpointFormatException">It is damaged.</exception>
    /// <exception cref="UnsupportedPickleException">It has an opcode or a name that is not on the lists.</exception>
    public static object? Read(string path, ReadOnlySpan<byte> data, IPickleGlobals globals, out int length)
    {
        var reader = new PickleReader(path, data, globals);
        try
        {
            object? result = reader.Run();
            length = reader.Position;
            return result;
        }
        catch (Exception exception) when (exception is InvalidDataException or DecoderFallbackException)
        {
            throw new CheckpointFormatException(path, $"its pickle is damaged near byte {reader.Position}: {exception.Message}", exception);
        }
    }

    private object? Run()
    {
        if (Position >= data.Length || data[Position] != (byte)PickleOpcode.Protocol)
        {
            throw new InvalidDataException("It does not begin with a protocol.");
        }

        while (true)
        {
            var opcode = (PickleOpcode)Take(1)[0];
            if (opcode == PickleOpcode.Stop)
            {
                return Pop();
            }

            if (!ReadConstant(opcode) && !ReadStructure(opcode))
            {
                throw new UnsupportedPickleException(
                    path, $"opcode 0x{(byte)opcode:X2}", $"its pickle uses opcode 0x{(byte)opcode:X2} at byte {Position - 1}, which no checkpoint needs.");
            }
        }
    }

    // What stands in the pickle itself.
    private bool ReadConstant(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.None:
                stack.Add(null);
                return true;
            case PickleOpcode.NewTrue:
                stack.Add(true);
                return true;
            case PickleOpcode.NewFalse:
                stack.Add(false);
                return true;
            case PickleOpcode.BinInt:
                stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                return true;
            case PickleOpcode.BinInt1:
                stack.Add((long)Take(1)[0]);
                return true;
            case PickleOpcode.BinInt2:
                stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                return true;
            case PickleOpcode.Long1:
                PushInteger(Take(Take(1)[0]));
                return true;
            case PickleOpcode.Long4:
                PushInteger(Take(TakeLength4()));
                return true;
            case PickleOpcode.BinFloat:
                stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                return true;
            case PickleOpcode.BinUnicode:
                stack.Add(StrictUtf8.GetString(Take(TakeLength4())));
                return true;
            case PickleOpcode.ShortBinUnicode:
                stack.Add(StrictUtf8.GetString(Take(Take(1)[0])));
                return true;
            case PickleOpcode.BinUnicode8:
                stack.Add(StrictUtf8.GetString(Take(TakeLength8())));
                return true;
            case PickleOpcode.BinString:
                stack.Add(Encoding.Latin1.GetString(Take(TakeLength4())));
                return true;
            case PickleOpcode.ShortBinString:
                stack.Add(Encoding.Latin1.GetString(Take(Take(1)[0])));
                return true;
            case PickleOpcode.BinBytes:
                stack.Add(Take(TakeLength4()).ToArray());
                return true;
            case PickleOpcode.ShortBinBytes:
                stack.Add(Take(Take(1)[0]).ToArray());
                return true;
            case PickleOpcode.BinBytes8:
                stack.Add(Take(TakeLength8()).ToArray());
                return true;
            default:
                return false;
        }
    }

    // What is put together from the stack.
    private bool ReadStructure(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Protocol:
                byte version = Take(1)[0];
                if (version is < 2 or > 5)
                {
                    throw new UnsupportedPickleException(path, $"protocol {version}", $"its pickle has protocol {version}; 2 to 5 are supported.");
                }

                return true;
            case PickleOpcode.Frame:
                _ = TakeLength8();
                return true;
            case PickleOpcode.Mark:
                stack.Add(MarkObject);
                return true;
            case PickleOpcode.EmptyTuple:
                stack.Add(Array.Empty<object?>());
                return true;
            case PickleOpcode.EmptyList or PickleOpcode.EmptySet:
                stack.Add(new List<object?>());
                return true;
            case PickleOpcode.EmptyDictionary:
                stack.Add(new PickleDictionary());
                return true;
            case PickleOpcode.Tuple:
                stack.Add(PopToMark());
                return true;
            case PickleOpcode.Tuple1:
                stack.Add(PopMany(1));
                return true;
            case PickleOpcode.Tuple2:
                stack.Add(PopMany(2));
                return true;
            case PickleOpcode.Tuple3:
                stack.Add(PopMany(3));
                return true;
            case PickleOpcode.Append:
                Extend(PopMany(1));
                return true;
            case PickleOpcode.Appends or PickleOpcode.AddItems:
                Extend(PopToMark());
                return true;
            case PickleOpcode.SetItem:
                SetItems(PopMany(2));
                return true;
            case PickleOpcode.SetItems:
                SetItems(PopToMark());
                return true;
            case PickleOpcode.BinPut:
                memo[Take(1)[0]] = Peek();
                return true;
            case PickleOpcode.LongBinPut:
                memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek();
                return true;
            case PickleOpcode.Memoize:
                memo[(uint)memo.Count] = Peek();
                return true;
            case PickleOpcode.BinGet:
                stack.Add(Recall(Take(1)[0]));
                return true;
            case PickleOpcode.LongBinGet:
                stack.Add(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                return true;
            case PickleOpcode.Global:
                string module = TakeLine();
                stack.Add(FindGlobal(module, TakeLine()));
                return true;
            case PickleOpcode.StackGlobal:
                object?[] names = PopMany(2);
                stack.Add(FindGlobal(Expect<string>(names[0]), Expect<string>(names[1])));
                return true;
            case PickleOpcode.Reduce or PickleOpcode.NewObject:
                object?[] call = PopMany(2);
                stack.Add(globals.Call(call[0], Expect<object?[]>(call[1])));
                return true;
            case PickleOpcode.Build:
                object?[] build = PopMany(2);
                stack.Add(globals.SetState(build[0], build[1]));
                return true;
            case PickleOpcode.BinPersistentId:
                stack.Add(globals.FindPersistent(Pop()));
                return true;
            default:
                return false;
        }
    }

    private readonly object FindGlobal(string module, string name) =>
        globals.Find(module, name) ?? throw new UnsupportedPickleException(
            path, $"{module}.{name}", $"its pickle refers to '{module}.{name}', which is not on the list of what weights may contain. It was not executed.");

    private readonly object? Recall(uint index) =>
        memo.TryGetValue(index, out object? value) ? value : throw new InvalidDataException($"Memo {index} was never set.");

    private readonly void Extend(object?[] items) => Expect<List<object?>>(Peek()).AddRange(items);

    private readonly void SetItems(object?[] items)
    {
        if (items.Length % 2 != 0)
        {
            throw new InvalidDataException("A dictionary's keys and values are not pairs.");
        }

        PickleDictionary dictionary = Expect<PickleDictionary>(Peek());
        for (int i = 0; i < items.Length; i += 2)
        {
            dictionary.Set(items[i], items[i + 1]);
        }
    }

    private static T Expect<T>(object? value) =>
        value is T expected ? expected : throw new InvalidDataException($"A {typeof(T).Name} was expected, but a {value?.GetType().Name ?? "None"} was found.");

    private readonly object? Peek() => stack.Count > 0 && stack[^1] != MarkObject ? stack[^1] : throw new InvalidDataException("The stack is empty.");

    private readonly object? Pop()
    {
        object? value = Peek();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private readonly object?[] PopMany(int count)
    {
        object?[] values = new object?[count];
        for (int i = count - 1; i >= 0; i--)
        {
            values[i] = Pop();
        }

        return values;
    }

    private readonly object?[] PopToMark()
    {
        int mark = stack.LastIndexOf(MarkObject);
        if (mark < 0)
        {
            throw new InvalidDataException("A mark is missing.");
        }

        object?[] values = [.. stack.Skip(mark + 1)];
        stack.RemoveRange(mark, stack.Count - mark);
        return values;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > data.Length - Position)
        {
            throw new InvalidDataException("It ends too early. Is the file truncated?");
        }

        ReadOnlySpan<byte> taken = data.Slice(Position, count);
        Position += count;
        return taken;
    }

    private int TakeLength4()
    {
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
        return length <= int.MaxValue ? (int)length : throw new InvalidDataException($"A length of {length} bytes is beyond the file.");
    }

    private int TakeLength8()
    {
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
        return length <= int.MaxValue ? (int)length : throw new InvalidDataException($"A length of {length} bytes is beyond the file.");
    }

    private string TakeLine()
    {
        int length = data[Position..].IndexOf((byte)'\n');
        if (length < 0)
        {
            throw new InvalidDataException("A name does not end.");
        }

        string line = StrictUtf8.GetString(Take(length));
        Position++;
        return line;
    }

    private readonly void PushInteger(ReadOnlySpan<byte> bytes)
    {
        var value = new BigInteger(bytes);
        if (value >= long.MinValue && value <= long.MaxValue)
        {
            stack.Add((long)value);
        }
        else
        {
            stack.Add(value);
        }
    }
}
