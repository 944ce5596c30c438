namespace Moda.Fuzz.Mutations;

/// <summary>Values that readers stumble over.</summary>
internal static class HostileValues
{
    public static IReadOnlyList<long> Integers { get; } =
    [
        0, 1, -1, 2, 7, 64, 127, 128, 255, 256, 65535, 65536, 100_000, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 40, long.MaxValue, long.MinValue,
    ];

    public static IReadOnlyList<string> Numbers { get; } =
        ["0", "-0", "-1", "0.5", "1e300", "-1e300", "1e999", "1e-320", "2147483648", "9223372036854775808", "18446744073709551616", "NaN", "Infinity"];

    public static IReadOnlyList<string> Texts { get; } =
    [
        "", " ", "..", ".", "/dev/zero", "a\0b", "\u001b[2J\u001b]0;x\u0007", "\u202egnp.exe", "null", "~", "\ud83d\ude00", "%s%n", new string('a', 300), new string('x', 20_000), "0", "cpu", "F32",
    ];

    /// <summary>One of a list.</summary>
    public static T Pick<T>(this Random random, IReadOnlyList<T> values) => values[random.Next(values.Count)];

    /// <summary>Whether something happens.</summary>
    public static bool Chance(this Random random, double probability) => random.NextDouble() < probability;
}
