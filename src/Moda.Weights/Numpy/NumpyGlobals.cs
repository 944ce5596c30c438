using System.Text;
using Moda.Weights.Torch;

namespace Moda.Weights.Numpy;

/// <summary>
/// The closed list of names that a pickle of numpy arrays may refer to: arrays, scalars and element types, as spelled by numpy 1 and 2 and
/// by pickle protocols 2 to 5.
/// </summary>
internal sealed class NumpyGlobals : IPickleGlobals
{
    private enum Callable
    {
        ArrayType,
        ElementType,
        Reconstruct,
        FromBuffer,
        Scalar,
        Encode,
    }

    public object? Find(string module, string name) => (module, name) switch
    {
        ("numpy", "ndarray") => Callable.ArrayType,
        ("numpy", "dtype") => Callable.ElementType,
        ("numpy.core.multiarray" or "numpy._core.multiarray", "_reconstruct") => Callable.Reconstruct,
        ("numpy.core.multiarray" or "numpy._core.multiarray", "scalar") => Callable.Scalar,
        ("numpy.core.numeric" or "numpy._core.numeric", "_frombuffer") => Callable.FromBuffer,
        ("_codecs", "encode") => Callable.Encode,
        _ => null,
    };

    public object? Call(object? callable, object?[] arguments, PickleBudget budget)
    {
        switch (callable, arguments)
        {
            case (Callable.ElementType, [string name, ..]):
                budget.Spend(PickleCost.Number);
                return new ElementType(TypeOf(name));
            case (Callable.Reconstruct, [Callable.ArrayType, ..]):
                budget.Spend(PickleCost.Tensor(TensorShape.MostExtents));
                return new NumpyArray();
            case (Callable.FromBuffer, [byte[] bytes, ElementType type, object?[] shape, string order]) when order is "C" or "F":
                return Filled(shape, type, bytes, order == "F", budget);
            case (Callable.Scalar, [ElementType type, byte[] bytes]):
                return Filled([], type, bytes, fortranOrder: false, budget);
            case (Callable.Encode, [string text, "latin1"]):
                // Protocol 2 has no bytes type, so bytes are written as text.
                budget.Spend(PickleCost.Bytes(text.Length));
                return Bytes(text);
            default:
                throw new InvalidDataException("Something is called that cannot be called, or with unexpected arguments.");
        }
    }

    public object? SetState(object? target, object? state)
    {
        switch (target, state)
        {
            case (ElementType, object?[] and [long, string order, ..]):
                return order is "<" or "|" or "=" ? target : throw new InvalidDataException("Its numbers are big-endian; little-endian ones are read.");
            case (NumpyArray array, object?[] and [long, object?[] shape, ElementType type, bool fortranOrder, byte[] bytes]):
                array.Fill(Extents(shape), type.Type, bytes, fortranOrder);
                return array;
            default:
                throw new InvalidDataException("A state is given to something that has none.");
        }
    }

    public object? FindPersistent(object? id) => throw new InvalidDataException("It refers to something outside of itself.");

    private static NumpyArray Filled(object?[] shape, ElementType type, byte[] bytes, bool fortranOrder, PickleBudget budget)
    {
        budget.Spend(PickleCost.Tensor(TensorShape.MostExtents));
        var array = new NumpyArray();
        array.Fill(Extents(shape), type.Type, bytes, fortranOrder);
        return array;
    }

    private static int[] Extents(object?[] shape)
    {
        if (shape.Length > TensorShape.MostExtents)
        {
            throw new InvalidDataException($"An array has {shape.Length} extents; {TensorShape.MostExtents} are the most that is read.");
        }

        int count = 1;
        int[] extents = new int[shape.Length];
        for (int i = 0; i < extents.Length; i++)
        {
            if (shape[i] is not long extent || extent is < 0 or > int.MaxValue || count * extent > int.MaxValue)
            {
                throw new InvalidDataException("An array has an extent that is not supported, or more than 2^31 - 1 elements.");
            }

            extents[i] = (int)extent;
            count *= extents[i];
        }

        return extents;
    }

    private static StoredType TypeOf(string name) => name switch
    {
        "f8" => StoredType.Float64,
        "f4" => StoredType.Float32,
        "f2" => StoredType.Float16,
        "i8" => StoredType.Int64,
        "i4" => StoredType.Int32,
        "i2" => StoredType.Int16,
        "i1" => StoredType.Int8,
        "u1" => StoredType.UInt8,
        "b1" => StoredType.Bool,
        _ => throw new InvalidDataException($"An array has elements of '{ShownText.Of(name, ShownText.LongestName)}', which are not supported."),
    };

    private static byte[] Bytes(string text)
    {
        foreach (char character in text)
        {
            if (character > byte.MaxValue)
            {
                throw new InvalidDataException("Bytes written as text have a character that is no byte.");
            }
        }

        return Encoding.Latin1.GetBytes(text);
    }

    private sealed record ElementType(StoredType Type);
}
