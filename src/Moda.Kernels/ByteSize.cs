using System.Buffers;
using System.Globalization;

namespace Moda.Kernels;

/// <summary>Amounts of memory as people write them.</summary>
internal static class ByteSize
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");
    private static readonly string[] Units = ["bytes", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>An amount with three digits or four: <c>1.25 GiB</c>.</summary>
    public static string Format(long bytes)
    {
        double amount = bytes;
        int unit = 0;
        while (Math.Abs(amount) >= 1024 && unit < Units.Length - 1)
        {
            amount /= 1024;
            unit++;
        }

        string number = amount.ToString(unit == 0 || amount >= 100 ? "0" : amount >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
        return $"{number} {Units[unit]}";
    }

    /// <summary>Reads an amount: a number, then B, K, M, G or T for powers of 1024 (<c>KiB</c> and <c>KB</c> mean the same).</summary>
    /// <param name="text">For instance <c>8G</c>, <c>1.5 GiB</c>, <c>500M</c>, <c>1000000</c>.</param>
    /// <param name="bytes">The amount, at least 1.</param>
    /// <returns>Whether the text is an amount.</returns>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        string trimmed = text.Trim();
        int digits = trimmed.AsSpan().IndexOfAnyExcept(NumberCharacters);
        string unit = digits < 0 ? string.Empty : trimmed[digits..].Trim().ToUpperInvariant();
        int power = unit switch
        {
            "" or "B" => 0,
            "K" or "KB" or "KIB" => 1,
            "M" or "MB" or "MIB" => 2,
            "G" or "GB" or "GIB" => 3,
            "T" or "TB" or "TIB" => 4,
            _ => -1,
        };
        if (power < 0
            || !double.TryParse(digits < 0 ? trimmed : trimmed[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            || number * Math.Pow(1024, power) is not (>= 1 and < long.MaxValue))
        {
            return false;
        }

        bytes = (long)(number * Math.Pow(1024, power));
        return true;
    }
}
