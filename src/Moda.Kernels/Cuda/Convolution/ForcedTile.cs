using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>A tile that convolutions take instead of the one that is chosen, to be timed. Convolutions whose kernels lack it are not changed.</summary>
/// <param name="Rows">Output positions.</param>
/// <param name="Columns">Output channels.</param>
/// <param name="SplitK">Blocks that share the sums of a tile, where the convolution allows it; 0 for as many as are chosen.</param>
internal readonly record struct ForcedTile(int Rows, int Columns, int SplitK = 0)
{
    /// <summary>Reads a tile: <c>256x128</c>, <c>128x64/4</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ForcedTile? tile)
    {
        tile = null;
        string[] parts = text.Split('/');
        int splitK = 0;
        if (parts[0].Split('x') is [string rows, string columns]
            && TryParsePositive(rows, out int rowCount)
            && TryParsePositive(columns, out int columnCount)
            && (parts.Length == 1 || (parts.Length == 2 && TryParsePositive(parts[1], out splitK))))
        {
            tile = new ForcedTile(rowCount, columnCount, splitK);
        }

        return tile is not null;
    }

    /// <summary>Whether a kernel's tile is this one.</summary>
    public bool Is(int rows, int columns) => rows == Rows && columns == Columns;

    private static bool TryParsePositive(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;
}
