using Moda.Testing;
using Xunit;

namespace Moda.Docs.Tests.Samples;

/// <summary>Runs the parity sample on the repository's example case.</summary>
public sealed class ParitySampleTests
{
    [Fact]
    public async Task The_example_case_passes()
    {
        string program = Path.Combine(TestData.Repository, "samples", "Parity", "bin", "Release", "net10.0", "Moda.Samples.Parity.dll");

        string output = await Shell.RunAsync(TestData.Repository, "dotnet", program, "examples/parity/stitching_case.safetensors");

        Assert.Contains("PASS", output, StringComparison.Ordinal);
    }
}
