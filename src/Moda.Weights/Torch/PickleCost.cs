namespace Moda.Weights.Torch;

/// <summary>What the values of a pickle take in memory, in bytes, rounded up: objects, and the growth of what holds them.</summary>
internal static class PickleCost
{
    public const long Number = 24;
    public const long List = 88;
    public const long Dictionary = 160;
    public const long Storage = 96;

    /// <summary>A key and its value in a dictionary.</summary>
    public const long Entry = 72;

    /// <summary>Places in a list, which doubles when it is full.</summary>
    public static long Items(long count) => 16 * count;

    public static long Tuple(long count) => 24 + (8 * count);

    public static long Text(long characters) => 32 + (2 * characters);

    public static long Bytes(long count) => 32 + count;

    /// <summary>A tensor: itself, its extents and its strides.</summary>
    public static long Tensor(int dimensions) => 144 + (12 * dimensions);
}
