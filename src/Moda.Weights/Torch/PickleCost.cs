namespace Moda.Weights.Torch;

/// <summary>Estimates of the memory that a pickle's values use, in bytes, rounded up. They include the growth of the containers.</summary>
internal static class PickleCost
{
    public const long Number = 24;
    public const long List = 88;
    public const long Dictionary = 160;
    public const long Storage = 96;

    /// <summary>A key and its value in a dictionary.</summary>
    public const long Entry = 72;

    /// <summary>Elements in a list. A list doubles its capacity when it is full, so an element may use two places of 8 bytes.</summary>
    public static long Items(long count) => 16 * count;

    public static long Tuple(long count) => 24 + (8 * count);

    public static long Text(long characters) => 32 + (2 * characters);

    public static long Bytes(long count) => 32 + count;

    /// <summary>A tensor object with its extents and strides.</summary>
    public static long Tensor(int dimensions) => 144 + (12 * dimensions);
}
