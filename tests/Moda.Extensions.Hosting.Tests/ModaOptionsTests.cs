using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Moda.Kernels;
using Moda.Testing;
using Xunit;

namespace Moda.Extensions.Hosting.Tests;

/// <summary>Where options come from, and what is said when they are wrong.</summary>
public sealed class ModaOptionsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_configuration_is_read_and_code_has_the_last_word()
    {
        Directory.CreateDirectory(folder.File("weights"));
        ModaOptions options = Resolve(
            new()
            {
                ["Moda:Weights"] = folder.File("weights"),
                ["Moda:Device"] = "cuda:1",
                ["Moda:Precision"] = "Float32",
                ["Moda:MemoryLimit"] = "8589934592",
                ["Moda:FramesPerBatch"] = "4",
                ["Moda:MaxConcurrent"] = "2",
                ["Moda:MaxQueue"] = "5",
            },
            options => options.MaxQueue = 7);

        Assert.Equal("cuda:1", options.Device);
        Assert.Equal(ElementType.Float32, options.Precision);
        Assert.Equal(8L << 30, options.MemoryLimit);
        Assert.Equal(4, options.FramesPerBatch);
        Assert.Equal((2, 7), (options.MaxConcurrent, options.MaxQueue));
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        OptionsValidationException error = Assert.Throws<OptionsValidationException>(() => Resolve([], options =>
        {
            options.Weights = folder.File("nowhere");
            options.Device = " ";
            options.Precision = (ElementType)9;
            options.Threads = -1;
            options.MemoryLimit = 0;
            options.FramesPerBatch = 65;
            options.LiveClips = -1;
            options.MaxConcurrent = 0;
            options.MaxQueue = -1;
            options.WarmUpPortrait = folder.File("nobody.png");
        }));

        string[] names = ["Weights", "Device", "Precision", "Threads", "MemoryLimit", "FramesPerBatch", "LiveClips", "MaxConcurrent", "MaxQueue", "WarmUpPortrait"];
        Assert.Equal(names.Select(name => $"Moda:{name}"), error.Failures.Select(failure => failure[..failure.IndexOf(": ", StringComparison.Ordinal)]));
    }

    [Fact]
    public void A_host_has_one_engine()
    {
        var services = new ServiceCollection();
        services.AddModa();

        Assert.Throws<InvalidOperationException>(() => services.AddModa());
    }

    private static ModaOptions Resolve(Dictionary<string, string?> configuration, Action<ModaOptions> configure)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(configuration).Build());
        services.AddModa(configure);
        using ServiceProvider provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<ModaOptions>>().Value;
    }
}
