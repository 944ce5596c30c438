using Moda.Runtime.Media;
using Moda.Runtime.Tests.Engine;
using Moda.Testing;
using Xunit;

namespace Moda.Runtime.Tests.Media;

/// <summary>What ffmpeg's output costs the process.</summary>
[Collection(nameof(AloneInProcess))]
public sealed class FfmpegMemoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Errors_without_end_or_line_take_no_memory()
    {
        using TemporaryFolder folder = new();
        Ffmpeg program = StubProgram.Write(folder, "head -c 300000000 /dev/zero | tr '\\0' 'x' >&2; echo >&2; echo the end >&2; exit 3");
        long before = GC.GetTotalAllocatedBytes();

        FfmpegException error = await Assert.ThrowsAsync<FfmpegException>(() => program.RunAsync("talking", [], cancellationToken: Token));

        Assert.Equal(3, error.ExitCode);
        Assert.Contains("the end", error.Message);
        Assert.True(error.Message.Length < 3000, $"{error.Message.Length} characters");
        Assert.True(GC.GetTotalAllocatedBytes() - before < 200_000_000);
    }
}
