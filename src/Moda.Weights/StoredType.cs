namespace Moda.Weights;

/// <summary>How a checkpoint stores the elements of a tensor.</summary>
public enum StoredType
{
    /// <summary>IEEE 754 binary64.</summary>
    Float64,

    /// <summary>IEEE 754 binary32.</summary>
    Float32,

    /// <summary>IEEE 754 binary16.</summary>
    Float16,

    /// <summary>The upper half of an IEEE 754 binary32.</summary>
    BFloat16,

    /// <summary>Signed, 64 bits.</summary>
    Int64,

    /// <summary>Signed, 32 bits.</summary>
    Int32,

    /// <summary>Signed, 16 bits.</summary>
    Int16,

    /// <summary>Signed, 8 bits.</summary>
    Int8,

    /// <summary>Unsigned, 8 bits.</summary>
    UInt8,

    /// <summary>One byte, 0 or 1.</summary>
    Bool,
}

/// <summary>Sizes and spellings of <see cref="StoredType"/>.</summary>
internal static class StoredTypes
{
    // In the order of the enumeration.
    private static readonly string[] Names = ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"];

    /// <summary>Bytes of one element.</summary>
    public static int SizeInBytes(this StoredType type) => type switch
    {
        StoredType.Float64 or StoredType.Int64 => 8,
        StoredType.Float32 or StoredType.Int32 => 4,
        StoredType.Float16 or StoredType.BFloat16 or StoredType.Int16 => 2,
        _ => 1,
    };

    /// <summary>The type's spelling in safetensors headers: <c>F32</c>, <c>BF16</c>, <c>BOOL</c>.</summary>
    public static string SafetensorsName(this StoredType type) => Names[(int)type];

    /// <summary>Parses the spelling of safetensors headers.</summary>
    /// <exception cref="ArgumentException">The text is not a known spelling.</exception>
    public static StoredType Parse(string name) => TryParseSafetensorsName(name, out StoredType type)
        ? type
        : throw new ArgumentException($"'{name}' is no element type; known are {string.Join(", ", Names)}.", nameof(name));

    /// <summary>Parses the spelling of safetensors headers.</summary>
    /// <returns>Whether the type is known.</returns>
    public static bool TryParseSafetensorsName(string? name, out StoredType type)
    {
        int index = Array.IndexOf(Names, name);
        type = (StoredType)Math.Max(index, 0);
        return index >= 0;
    }
}
