using System.Collections.Frozen;

namespace Moda.Weights.Torch;

/// <summary>
/// The closed list of names that PyTorch checkpoints of weights refer to, and what each name does. Names of <see cref="OpaqueNames"/> yield
/// values without content.
/// </summary>
/// <param name="fileLength">The checkpoint's length in bytes. It limits the total size of its tensors.</param>
internal sealed class TorchGlobals(long fileLength) : IPickleGlobals
{
    // Tensors may share storages and repeat elements (a stride of 0). Their total size is limited, because a conversion writes every tensor
    // in full.
    private const long TensorBytesStart = 16L << 20;
    private const long TensorBytesForEachByte = 8;

    // Real keys are short numbers. Each use of a key costs time in proportion to its length.
    private const int LongestStorageKey = 256;

    private static readonly FrozenDictionary<string, Global> Names = BuildNames();

    private readonly Dictionary<string, TorchStorage> storages = new(StringComparer.Ordinal);
    private long tensorBytes;

    private enum Callable
    {
        None,
        Dictionary,
        List,
        Tuple,
        RebuildTensor,
        RebuildTensorWithType,
        RebuildParameter,
        RebuildFromType,
        Opaque,
    }

    /// <summary>All storages that tensors refer to. The keys are storage keys.</summary>
    public IReadOnlyDictionary<string, TorchStorage> Storages => storages;

    public object? Find(string module, string name) => Names.GetValueOrDefault($"{module}.{name}");

    public object? Call(object? callable, object?[] arguments, PickleBudget budget)
    {
        if (callable is not Global global || global.Callable == Callable.None)
        {
            throw new InvalidDataException("Something is called that cannot be called.");
        }

        return global.Callable switch
        {
            Callable.Dictionary => MakeDictionary(global, arguments, budget),
            Callable.List => MakeList(global, arguments, budget),
            Callable.Tuple => arguments is [object?[] items] ? items : throw Unexpected(global),
            Callable.RebuildTensor => arguments is [TorchStorage storage, long offset, object?[] shape, object?[] strides, ..]
                ? MakeTensor(storage, storage.Type, offset, shape, strides, budget)
                : throw Unexpected(global),
            Callable.RebuildTensorWithType => arguments is [TorchStorage storage, long offset, object?[] shape, object?[] strides, _, _, Global type, ..]
                ? MakeTensor(storage, type.Type, offset, shape, strides, budget)
                : throw Unexpected(global),
            Callable.RebuildParameter => arguments is [TorchTensor tensor, ..] ? tensor : throw Unexpected(global),
            Callable.RebuildFromType => arguments is [Global { Callable: not Callable.RebuildFromType } rebuild, Global, object?[] inner, ..]
                ? Call(rebuild, inner, budget)
                : throw Unexpected(global),
            _ => MakeOpaque(global, budget),
        };
    }

    // Attributes of dictionaries (such as a module's "_metadata") and of opaque values do not matter for weights.
    public object? SetState(object? target, object? state) => target is PickleDictionary or List<object?> or OpaqueValue or TorchTensor
        ? target
        : throw new InvalidDataException("A state is given to something that has none.");

    public object? FindPersistent(object? id)
    {
        if (id is not object?[] parts
            || parts is not ["storage", Global { IsStorage: true } kind, string key, _, long count, ..]
            || count < 0)
        {
            throw new InvalidDataException("A persistent id is not the description of a storage.");
        }

        if (key.Length > LongestStorageKey)
        {
            throw new InvalidDataException($"The key of a storage has {key.Length} characters; {LongestStorageKey} are more than any has.");
        }

        // The oldest files store a view as a separate storage, with its key, its offset in the root storage, and its size.
        var storage = new TorchStorage(key, kind.Type, count);
        if (!storages.TryAdd(key, storage) && storages[key] != storage)
        {
            throw new InvalidDataException($"Storage '{key}' is described in two ways.");
        }

        if (parts.Length > 5 && parts[5] is object?[] view)
        {
            if (view is not [string, long first, long size] || first < 0 || size < 0 || first > count - size)
            {
                throw new InvalidDataException($"The view of storage '{key}' is not within it.");
            }

            return storage with { ElementCount = size, FirstElement = first };
        }

        return storages[key];
    }

    private static PickleDictionary MakeDictionary(Global global, object?[] arguments, PickleBudget budget)
    {
        // The argument is a dictionary, a list of pairs, or missing. A default factory may precede it. Python copies the dictionary; here
        // the original can be used, because nothing changes it afterwards.
        object? content = arguments is [Global, ..] ? arguments.ElementAtOrDefault(1) : arguments.FirstOrDefault();
        if (content is PickleDictionary original)
        {
            return original;
        }

        budget.Spend(PickleCost.Dictionary);
        var dictionary = new PickleDictionary();
        foreach (object? item in Items(global, content))
        {
            (object? key, object? value) = item switch
            {
                object?[] and [var first, var second] => (first, second),
                List<object?> and [var first, var second] => (first, second),
                _ => throw new InvalidDataException("A dictionary is made of something other than pairs."),
            };
            budget.Spend(PickleCost.Entry);
            dictionary.Set(key, value);
        }

        return dictionary;
    }

    private static List<object?> MakeList(Global global, object?[] arguments, PickleBudget budget)
    {
        if (arguments.Length > 1)
        {
            throw Unexpected(global);
        }

        IReadOnlyList<object?> items = Items(global, arguments.FirstOrDefault());
        budget.Spend(PickleCost.List + PickleCost.Items(items.Count));
        return [.. items];
    }

    private static OpaqueValue MakeOpaque(Global global, PickleBudget budget)
    {
        budget.Spend(PickleCost.Number);
        return new OpaqueValue(global.Name);
    }

    private static IReadOnlyList<object?> Items(Global global, object? sequence) => sequence switch
    {
        object?[] tuple => tuple,
        List<object?> list => list,
        null or OpaqueValue => [],
        _ => throw Unexpected(global),
    };

    private TorchTensor MakeTensor(
        TorchStorage storage, StoredType? type, long offset, object?[] shape, object?[] strides, PickleBudget budget)
    {
        if (type is not StoredType elementType)
        {
            throw new InvalidDataException("A tensor has an element type that is not supported.");
        }

        if (shape.Length != strides.Length || offset < 0 || shape.Length > TensorShape.MostExtents)
        {
            throw new InvalidDataException("A tensor's shape and strides do not fit.");
        }

        budget.Spend(PickleCost.Tensor(shape.Length));
        int[] extents = new int[shape.Length];
        long[] steps = new long[shape.Length];
        long count = 1;
        for (int i = 0; i < extents.Length; i++)
        {
            if (shape[i] is not long extent || strides[i] is not long step || extent is < 0 or > int.MaxValue || step is < 0 or > int.MaxValue)
            {
                throw new InvalidDataException("A tensor has an extent or a stride that is not supported.");
            }

            extents[i] = (int)extent;
            steps[i] = step;
            count *= extent;
            if (count > int.MaxValue)
            {
                throw new InvalidDataException("A tensor has more elements than is supported (2^31 - 1).");
            }
        }

        var tensor = new TorchTensor(storage, elementType, offset, extents, steps);
        long available = storage.Type is null ? storage.ElementCount / elementType.SizeInBytes() : storage.ElementCount;
        if (offset > available - tensor.Span)
        {
            throw new InvalidDataException(
                $"A tensor {TensorShape.Format(extents)} looks at elements {offset} to {offset + tensor.Span - 1} of storage '{storage.Key}', which has only {available}.");
        }

        tensorBytes += (long)tensor.ElementCount * elementType.SizeInBytes();
        return tensorBytes <= TensorBytesStart + (TensorBytesForEachByte * fileLength) ? tensor : throw new InvalidDataException(
            $"With a tensor {TensorShape.Format(extents)} all tensors together have {tensorBytes} bytes, more than {TensorBytesStart >> 20} MiB and {TensorBytesForEachByte} times the file: they repeat the same elements.");
    }

    private static InvalidDataException Unexpected(Global global) => new($"'{global.Name}' has unexpected arguments.");

    private static FrozenDictionary<string, Global> BuildNames()
    {
        List<Global> names =
        [
            new("collections.OrderedDict", Callable.Dictionary),
            new("collections.defaultdict", Callable.Dictionary),
            new("collections.Counter", Callable.Dictionary),
            new("builtins.dict", Callable.Dictionary),
            new("__builtin__.dict", Callable.Dictionary),
            new("builtins.list", Callable.List),
            new("__builtin__.list", Callable.List),
            new("builtins.set", Callable.List),
            new("__builtin__.set", Callable.List),
            new("torch.Size", Callable.Tuple),
            new("torch._utils._rebuild_tensor", Callable.RebuildTensor),
            new("torch._utils._rebuild_tensor_v2", Callable.RebuildTensor),
            new("torch._utils._rebuild_tensor_v3", Callable.RebuildTensorWithType),
            new("torch._utils._rebuild_parameter", Callable.RebuildParameter),
            new("torch._utils._rebuild_parameter_with_state", Callable.RebuildParameter),
            new("torch._tensor._rebuild_from_type_v2", Callable.RebuildFromType),
            new("torch.Tensor", Callable.None),
            new("torch.nn.parameter.Parameter", Callable.None),
            new("torch.UntypedStorage", Callable.None) { IsStorage = true },
            new("torch.storage.UntypedStorage", Callable.None) { IsStorage = true },
        ];
        names.AddRange(OpaqueNames.All.Select(name => new Global(name, Callable.Opaque)));
        foreach ((string storage, string type, StoredType stored) in (ReadOnlySpan<(string, string, StoredType)>)
        [
            ("Double", "float64", StoredType.Float64),
            ("Float", "float32", StoredType.Float32),
            ("Half", "float16", StoredType.Float16),
            ("BFloat16", "bfloat16", StoredType.BFloat16),
            ("Long", "int64", StoredType.Int64),
            ("Int", "int32", StoredType.Int32),
            ("Short", "int16", StoredType.Int16),
            ("Char", "int8", StoredType.Int8),
            ("Byte", "uint8", StoredType.UInt8),
            ("Bool", "bool", StoredType.Bool),
        ])
        {
            names.Add(new($"torch.{storage}Storage", Callable.None) { IsStorage = true, Type = stored });
            names.Add(new($"torch.cuda.{storage}Storage", Callable.None) { IsStorage = true, Type = stored });
            names.Add(new($"torch.{type}", Callable.None) { Type = stored });
        }

        return names.ToFrozenDictionary(global => global.Name, StringComparer.Ordinal);
    }

    /// <summary>An entry of the list.</summary>
    private sealed record Global(string Name, Callable Callable)
    {
        public bool IsStorage { get; init; }

        public StoredType? Type { get; init; }
    }
}
