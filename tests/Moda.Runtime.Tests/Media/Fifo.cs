using System.Diagnostics;
using Xunit;

namespace Moda.Runtime.Tests.Media;

/// <summary>A pipe with a place in the file system.</summary>
internal static class Fifo
{
    public static async Task CreateOrSkipAsync(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs mkfifo");
        using Process made = Process.Start("mkfifo", [path]);
        await made.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
