using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
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
    object? Call(object? callable, object?[] arguments, PickleBudget budget);

    /// <summary>Gives an object its state (BUILD).</summary>
    /// <exception cref="InvalidDataException">The object takes no such state.</exception>
    object? SetState(object? target, object? state);

    /// <summary>Resolves a persistent id: the storage of a tensor.</summary>
    /// <exception cref="InvalidDataException">It is no storage.</exception>
    object? FindPersistent(object? id);
}

/// <summary>A value of a pickle that weights do not depend on: it is read past. Whatever is put into it is dropped.</summary>
/// <param name="Name">What it is in Python, as in <c>pathlib.PosixPath</c>.</param>
internal sealed record OpaqueValue(string Name);

/// <summary>
/// Reads a pickle as data: a stack machine with a closed list of opcodes over a closed list of names. No code of the file is run, and
/// nothing is looked up by reflection. Time and memory are in proportion to the bytes read, see <see cref="PickleBudget"/>.
/// </summary>
/// <remarks>
/// Values are null, <see cref="bool"/>, <see cref="long"/>, <see cref="BigInteger"/>, <see cref="double"/>, <see cref="string"/>,
/// <c>byte[]</c>, <c>object?[]</c> (tuples), <see cref="List{T}"/>, <see cref="PickleDictionary"/>, <see cref="OpaqueValue"/>, and what
/// the globals make.
/// </remarks>
internal sealed class PickleReader
{
    // The longest integer that means anything in a checkpoint is the magic number of the old form, with ten bytes; larger ones are read past.
    private const int LongestInteger = 16;

    private const string Advice = "Where the file was made, save the tensors alone: torch.save(model.state_dict(), path).";

    private static readonly object MarkObject = new();
    private static readonly OpaqueValue LargeInteger = new("int");

    // Numbers of one byte are most of what a pickle has.
    private static readonly object[] SmallIntegers = [.. Enumerable.Range(0, 256).Select(value => (object)(long)value)];
    private static readonly object True = true;
    private static readonly object False = false;

    private readonly string path;
    private readonly PickleInput input;
    private readonly PickleBudget budget;
    private readonly IPickleGlobals globals;
    private readonly List<object?> stack = [];
    private readonly List<object?> memo = [];
    private int highest;

    private PickleReader(string path, PickleInput input, IPickleGlobals globals)
    {
        this.path = path;
        this.input = input;
        this.globals = globals;
        budget = new PickleBudget(input);
    }

    /// <summary>Reads one pickle.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="input">Begins with the pickle; stands behind it afterwards.</param>
    /// <param name="globals">The names that it may use.</param>
    /// <exception cref="CheckpointFormatException">It is damaged.</exception>
    /// <exception cref="UnsupportedPickleException">It has an opcode or a name that is not on the lists.</exception>
    public static object? Read(string path, PickleInput input, IPickleGlobals globals)
    {
        var reader = new PickleReader(path, input, globals);
        try
        {
            return reader.Run();
        }
        catch (Exception exception) when (exception is InvalidDataException or DecoderFallbackException)
        {
            throw new CheckpointFormatException(path, $"its pickle is damaged near byte {input.Position}: {exception.Message}", exception);
        }
    }

    private object? Run()
    {
        if ((PickleOpcode)input.TakeByte() != PickleOpcode.Protocol)
        {
            throw new InvalidDataException("It does not begin with a protocol.");
        }

        CheckProtocol(input.TakeByte());
        while (true)
        {
            var opcode = (PickleOpcode)input.TakeByte();
            if (opcode == PickleOpcode.Stop)
            {
                return Pop();
            }

            if (!ReadNumber(opcode) && !ReadText(opcode) && !ReadContainer(opcode) && !ReadReference(opcode))
            {
                throw new UnsupportedPickleException(
                    path, $"opcode 0x{(byte)opcode:X2}", $"its pickle uses opcode 0x{(byte)opcode:X2} at byte {input.Position - 1}, which no checkpoint needs. {Advice}");
            }
        }
    }

    private void CheckProtocol(byte version)
    {
        if (version is < 2 or > 5)
        {
            throw new UnsupportedPickleException(path, $"protocol {version}", $"its pickle has protocol {version}; 2 to 5 are supported. {Advice}");
        }
    }

    private bool ReadNumber(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.None:
                Push(null);
                return true;
            case PickleOpcode.NewTrue:
                Push(True);
                return true;
            case PickleOpcode.NewFalse:
                Push(False);
                return true;
            case PickleOpcode.BinInt:
                PushInteger(BinaryPrimitives.ReadInt32LittleEndian(input.Take(4)));
                return true;
            case PickleOpcode.BinInt1:
                PushInteger(input.TakeByte());
                return true;
            case PickleOpcode.BinInt2:
                PushInteger(BinaryPrimitives.ReadUInt16LittleEndian(input.Take(2)));
                return true;
            case PickleOpcode.Long1:
                PushInteger(input.Take(input.TakeByte()));
                return true;
            case PickleOpcode.Long4:
                PushInteger(input.Take(input.TakeLength4()));
                return true;
            case PickleOpcode.BinFloat:
                Push(BinaryPrimitives.ReadDoubleBigEndian(input.Take(8)), PickleCost.Number);
                return true;
            default:
                return false;
        }
    }

    private bool ReadText(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.BinUnicode:
                PushText(input.TakeLength4());
                return true;
            case PickleOpcode.ShortBinUnicode:
                PushText(input.TakeByte());
                return true;
            case PickleOpcode.BinUnicode8:
                PushText(input.TakeLength8());
                return true;
            case PickleOpcode.BinString:
                PushLatin1(input.TakeLength4());
                return true;
            case PickleOpcode.ShortBinString:
                PushLatin1(input.TakeByte());
                return true;
            case PickleOpcode.BinBytes:
                PushBytes(input.TakeLength4());
                return true;
            case PickleOpcode.ShortBinBytes:
                PushBytes(input.TakeByte());
                return true;
            case PickleOpcode.BinBytes8 or PickleOpcode.ByteArray8:
                PushBytes(input.TakeLength8());
                return true;
            default:
                return false;
        }
    }

    // What is put together from the stack.
    private bool ReadContainer(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Mark:
                Push(MarkObject);
                return true;
            case PickleOpcode.Pop:
                Pop();
                return true;
            case PickleOpcode.PopMark:
                PopToMark();
                return true;
            case PickleOpcode.EmptyTuple:
                Push(Array.Empty<object?>());
                return true;
            case PickleOpcode.EmptyList or PickleOpcode.EmptySet:
                Push(new List<object?>(), PickleCost.List);
                return true;
            case PickleOpcode.EmptyDictionary:
                Push(new PickleDictionary(), PickleCost.Dictionary);
                return true;
            case PickleOpcode.Tuple:
                PushTuple(PopToMark());
                return true;
            case PickleOpcode.Tuple1:
                PushTuple(PopMany(1));
                return true;
            case PickleOpcode.Tuple2:
                PushTuple(PopMany(2));
                return true;
            case PickleOpcode.Tuple3:
                PushTuple(PopMany(3));
                return true;
            case PickleOpcode.FrozenSet:
                object?[] members = PopToMark();
                Push(new List<object?>(members), PickleCost.List + PickleCost.Items(members.Length));
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
            default:
                return false;
        }
    }

    // What refers to values before it, or to names.
    private bool ReadReference(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Protocol:
                CheckProtocol(input.TakeByte());
                return true;
            case PickleOpcode.Frame:
                _ = input.TakeLength8();
                return true;
            case PickleOpcode.BinPut:
                Memoize(input.TakeByte());
                return true;
            case PickleOpcode.LongBinPut:
                Memoize(input.TakeUInt32());
                return true;
            case PickleOpcode.Memoize:
                Memoize(memo.Count);
                return true;
            case PickleOpcode.BinGet:
                Push(Recall(input.TakeByte()));
                return true;
            case PickleOpcode.LongBinGet:
                Push(Recall(input.TakeUInt32()));
                return true;
            case PickleOpcode.Global:
                string module = input.TakeLine();
                Push(FindGlobal(module, input.TakeLine()));
                return true;
            case PickleOpcode.StackGlobal:
                object?[] names = PopMany(2);
                Push(FindGlobal(Expect<string>(names[0]), Expect<string>(names[1])));
                return true;
            case PickleOpcode.Reduce or PickleOpcode.NewObject:
                object?[] call = PopMany(2);
                Push(globals.Call(call[0], Expect<object?[]>(call[1]), budget));
                return true;
            case PickleOpcode.Build:
                object?[] build = PopMany(2);
                Push(globals.SetState(build[0], build[1]));
                return true;
            case PickleOpcode.BinPersistentId:
                budget.Spend(PickleCost.Storage);
                Push(globals.FindPersistent(Pop()));
                return true;
            default:
                return false;
        }
    }

    private object FindGlobal(string module, string name) => globals.Find(module, name) ?? throw new UnsupportedPickleException(
        path,
        $"{module}.{name}",
        $"its pickle refers to '{ShownText.Of($"{module}.{name}", ShownText.LongestName)}', which is not on the list of what weights may contain. It was not executed. "
        + Advice);

    // Python numbers the entries of a memo in their order; a number beyond the bytes read so far belongs to no real pickle.
    private void Memoize(long index)
    {
        object? value = Peek();
        if (index > input.Position)
        {
            throw new InvalidDataException($"Memo {index} is beyond what has been read.");
        }

        if (index >= memo.Count)
        {
            int added = (int)index + 1 - memo.Count;
            budget.Spend(PickleCost.Items(added));
            CollectionsMarshal.SetCount(memo, memo.Count + added);
        }

        memo[(int)index] = value;
    }

    private object? Recall(long index) => index < memo.Count ? memo[(int)index] : throw new InvalidDataException($"Memo {index} was never set.");

    private void Extend(object?[] items)
    {
        switch (Peek())
        {
            case List<object?> list:
                budget.Spend(PickleCost.Items(items.Length));
                list.AddRange(items);
                break;
            case OpaqueValue:
                break;
            case var other:
                throw Unexpected("list", other);
        }
    }

    private void SetItems(object?[] items)
    {
        if (items.Length % 2 != 0)
        {
            throw new InvalidDataException("A dictionary's keys and values are not pairs.");
        }

        switch (Peek())
        {
            case PickleDictionary dictionary:
                budget.Spend(PickleCost.Entry * (items.Length / 2));
                for (int i = 0; i < items.Length; i += 2)
                {
                    dictionary.Set(items[i], items[i + 1]);
                }

                break;
            case OpaqueValue:
                break;
            case var other:
                throw Unexpected("dictionary", other);
        }
    }

    private static T Expect<T>(object? value) => value is T expected ? expected : throw Unexpected(typeof(T).Name, value);

    private static InvalidDataException Unexpected(string expected, object? found) =>
        new($"A {expected} was expected, but a {found?.GetType().Name ?? "None"} was found.");

    private void Push(object? value, long cost = 0)
    {
        if (stack.Count == highest)
        {
            cost += PickleCost.Items(1);
            highest++;
        }

        if (cost > 0)
        {
            budget.Spend(cost);
        }

        stack.Add(value);
    }

    private void PushTuple(object?[] items) => Push(items, PickleCost.Tuple(items.Length));

    private void PushText(int bytes)
    {
        string text = input.TakeUtf8(bytes);
        Push(text, PickleCost.Text(bytes));
    }

    private void PushLatin1(int bytes)
    {
        string text = Encoding.Latin1.GetString(input.Take(bytes));
        Push(text, PickleCost.Text(bytes));
    }

    private void PushBytes(int bytes)
    {
        byte[] copy = input.Take(bytes).ToArray();
        Push(copy, PickleCost.Bytes(bytes));
    }

    private void PushInteger(long value)
    {
        if (value is >= 0 and < 256)
        {
            Push(SmallIntegers[value]);
        }
        else
        {
            Push(value, PickleCost.Number);
        }
    }

    private void PushInteger(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > LongestInteger)
        {
            Push(LargeInteger);
            return;
        }

        var value = new BigInteger(bytes);
        if (value >= long.MinValue && value <= long.MaxValue)
        {
            PushInteger((long)value);
        }
        else
        {
            Push(value, PickleCost.Number + bytes.Length);
        }
    }

    private object? Peek() => stack.Count > 0 && stack[^1] != MarkObject ? stack[^1] : throw new InvalidDataException("The stack is empty.");

    private object? Pop()
    {
        object? value = Peek();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private object?[] PopMany(int count)
    {
        object?[] values = new object?[count];
        for (int i = count - 1; i >= 0; i--)
        {
            values[i] = Pop();
        }

        return values;
    }

    private object?[] PopToMark()
    {
        int mark = stack.LastIndexOf(MarkObject);
        if (mark < 0)
        {
            throw new InvalidDataException("A mark is missing.");
        }

        object?[] values = CollectionsMarshal.AsSpan(stack)[(mark + 1)..].ToArray();
        stack.RemoveRange(mark, stack.Count - mark);
        return values;
    }
}
