using System.Globalization;

namespace Moda.Testing;

/// <summary>The GPU that tests run on: number 0, or the one that the environment variable <c>MODA_TEST_GPU</c> names.</summary>
public static class TestGpu
{
    /// <summary>Its number.</summary>
    public static int Ordinal { get; } = int.Parse(Environment.GetEnvironmentVariable("MODA_TEST_GPU") ?? "0", CultureInfo.InvariantCulture);
}
