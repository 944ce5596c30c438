using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Moda.Weights.Torch;

/// <summary>
/// Reads a pickle as data. A stack machine accepts a closed list of opcodes and a closed list of names. It runs no code of the file and
/// uses no reflection. Time and memory grow in proportion to the bytes read, see <see cref="PickleBudget"/>.
/// </summary>
/// <remarks>
/// The values are null, <see cref="bool"/>, <see cref="long"/>, <see cref="BigInteger"/>, <see cref="double"/>, <see cref="string"/>,
/// <c>byte[]</c>, <c>object?[]</c> (tuples), <see cref="List{T}"/>, <see cref="PickleDictionary"/>, <see cref="OpaqueValue"/>, and the
/// objects that the globals create.
/// </remarks>
internal sealed class PickleReader
{
    // The longest integer that matters in a checkpoint is the magic number of the old form, with ten bytes. Longer integers are skipped.
    private const int LongestInteger = 16;

    private const string Advice = "Where the file was made, save the tensors alone: torch.save(model.state_dict(), path).";

    private static readonly OpaqueValue LargeInteger = new("int");

    // One-byte integers are the most frequent values of a pickle.
    private static readonly object[] SmallIntegers = [.. Enumerable.Range(0, 256).Select(value => (object)(long)value)];
    private static readonly object True = true;
    private static readonly object False = false;

    private readonly string path;
    private readonly PickleInput input;
    private readonly PickleBudget budget;
    private readonly IPickleGlobals globals;
    private readonly PickleStack stack;
    private readonly List<object?> memo = [];

    private PickleReader(string path, PickleInput input, IPickleGlobals globals)
    {
        this.path = path;
        this.input = input;
        this.globals = globals;
        budget = new PickleBudget(input);
        stack = new PickleStack(budget);
    }

    /// <summary>Reads one pickle.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="input">The input at the pickle's first byte. Afterwards it stands behind the pickle's last byte.</param>
    /// <param name="globals">The names that the pickle may use.</param>
    /// <exception cref="CheckpointFormatException">The file is damaged.</exception>
    /// <exception cref="UnsupportedPickleException">The pickle has an opcode or a name that is not on the lists.</exception>
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
                return stack.Pop();
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
                stack.Push(null);
                return true;
            case PickleOpcode.NewTrue:
                stack.Push(True);
                return true;
            case PickleOpcode.NewFalse:
                stack.Push(False);
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
                stack.Push(BinaryPrimitives.ReadDoubleBigEndian(input.Take(8)), PickleCost.Number);
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

    // Opcodes that build containers from values on the stack.
    private bool ReadContainer(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Mark:
                stack.PushMark();
                return true;
            case PickleOpcode.Pop:
                stack.Pop();
                return true;
            case PickleOpcode.PopMark:
                stack.PopToMark();
                return true;
            case PickleOpcode.EmptyTuple:
                stack.Push(Array.Empty<object?>());
                return true;
            case PickleOpcode.EmptyList or PickleOpcode.EmptySet:
                stack.Push(new List<object?>(), PickleCost.List);
                return true;
            case PickleOpcode.EmptyDictionary:
                stack.Push(new PickleDictionary(), PickleCost.Dictionary);
                return true;
            case PickleOpcode.Tuple:
                PushTuple(stack.PopToMark());
                return true;
            case PickleOpcode.Tuple1:
                PushTuple(stack.PopMany(1));
                return true;
            case PickleOpcode.Tuple2:
                PushTuple(stack.PopMany(2));
                return true;
            case PickleOpcode.Tuple3:
                PushTuple(stack.PopMany(3));
                return true;
            case PickleOpcode.FrozenSet:
                object?[] members = stack.PopToMark();
                stack.Push(new List<object?>(members), PickleCost.List + PickleCost.Items(members.Length));
                return true;
            case PickleOpcode.Append:
                Extend(stack.PopMany(1));
                return true;
            case PickleOpcode.Appends or PickleOpcode.AddItems:
                Extend(stack.PopToMark());
                return true;
            case PickleOpcode.SetItem:
                SetItems(stack.PopMany(2));
                return true;
            case PickleOpcode.SetItems:
                SetItems(stack.PopToMark());
                return true;
            default:
                return false;
        }
    }

    // Opcodes that refer to earlier values or to names.
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
                stack.Push(Recall(input.TakeByte()));
                return true;
            case PickleOpcode.LongBinGet:
                stack.Push(Recall(input.TakeUInt32()));
                return true;
            case PickleOpcode.Global:
                string module = input.TakeLine();
                stack.Push(FindGlobal(module, input.TakeLine()));
                return true;
            case PickleOpcode.StackGlobal:
                object?[] names = stack.PopMany(2);
                stack.Push(FindGlobal(Expect<string>(names[0]), Expect<string>(names[1])));
                return true;
            case PickleOpcode.Reduce or PickleOpcode.NewObject:
                object?[] call = stack.PopMany(2);
                stack.Push(globals.Call(call[0], Expect<object?[]>(call[1]), budget));
                return true;
            case PickleOpcode.Build:
                object?[] build = stack.PopMany(2);
                stack.Push(globals.SetState(build[0], build[1]));
                return true;
            case PickleOpcode.BinPersistentId:
                budget.Spend(PickleCost.Storage);
                stack.Push(globals.FindPersistent(stack.Pop()));
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

    // Python numbers memo entries in order, so an index beyond the number of bytes read occurs in no real pickle.
    private void Memoize(long index)
    {
        object? value = stack.Peek();
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
        switch (stack.Peek())
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

        switch (stack.Peek())
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

    private void PushTuple(object?[] items) => stack.Push(items, PickleCost.Tuple(items.Length));

    private void PushText(int bytes)
    {
        string text = input.TakeUtf8(bytes);
        stack.Push(text, PickleCost.Text(bytes));
    }

    private void PushLatin1(int bytes)
    {
        string text = Encoding.Latin1.GetString(input.Take(bytes));
        stack.Push(text, PickleCost.Text(bytes));
    }

    private void PushBytes(int bytes)
    {
        byte[] copy = input.Take(bytes).ToArray();
        stack.Push(copy, PickleCost.Bytes(bytes));
    }

    private void PushInteger(long value)
    {
        if (value is >= 0 and < 256)
        {
            stack.Push(SmallIntegers[value]);
        }
        else
        {
            stack.Push(value, PickleCost.Number);
        }
    }

    private void PushInteger(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > LongestInteger)
        {
            stack.Push(LargeInteger);
            return;
        }

        var value = new BigInteger(bytes);
        if (value >= long.MinValue && value <= long.MaxValue)
        {
            PushInteger((long)value);
        }
        else
        {
            stack.Push(value, PickleCost.Number + bytes.Length);
        }
    }
}
