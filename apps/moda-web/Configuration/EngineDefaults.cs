using Microsoft.Extensions.Options;
using Moda.Extensions.Hosting;
using Moda.Kernels.Cuda.Inventory;

namespace Moda.Web.Configuration;

/// <summary>
/// What the service wants of the engine where nothing else is said: a GPU is warmed up, so that the first request is as fast as later ones and
/// live sessions are counted by what was measured. A CPU starts at once and takes one live session, which gets the frames it can make.
/// </summary>
internal sealed class EngineDefaults : IPostConfigureOptions<ModaOptions>
{
    /// <summary>A portrait that comes with the page.</summary>
    public static string ExamplePortrait { get; } = Path.Combine(AppContext.BaseDirectory, "wwwroot", "examples", "portrait.png");

    /// <inheritdoc/>
    public void PostConfigure(string? name, ModaOptions options)
    {
        if (options.Device is "cpu" || (options.Device is "auto" && CudaDevices.Enumerate().Devices.Count == 0))
        {
            options.LiveClips ??= 1;
        }
        else
        {
            options.WarmUpPortrait ??= ExamplePortrait;
        }
    }
}
