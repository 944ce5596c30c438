using Moda.Runtime.Imaging;

namespace Moda.Fuzz;

/// <summary>What one file may cost.</summary>
/// <param name="Time">Of the thread that reads it; a file that takes longer is read again, in case the machine was busy.</param>
/// <param name="Bytes">Allocated in all, whatever the file's length.</param>
/// <param name="BytesForEachByte">Allocated in all for each byte of the file.</param>
/// <param name="MessageLength">Characters of a refusal.</param>
internal sealed record FuzzLimits(TimeSpan Time, long Bytes, long BytesForEachByte, int MessageLength)
{
    /// <summary>What the documentation promises, and some room for what only the trial needs.</summary>
    public static FuzzLimits Default { get; } = new(TimeSpan.FromSeconds(1), 160L << 20, 64, 2500);

    /// <summary>A small file may hold as large a picture as is read: 67 million pixels, turned. <see cref="Targets.ImageTarget"/> asks less of smaller ones.</summary>
    public static FuzzLimits Picture { get; } = Default with { Time = TimeSpan.FromSeconds(5), Bytes = Default.Bytes + (6 * ImageFile.LargestPixelCount) };
}
