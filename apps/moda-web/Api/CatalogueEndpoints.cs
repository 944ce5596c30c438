using Microsoft.Extensions.Options;
using Moda.Extensions.Hosting.Clients;
using Moda.Kernels;
using Moda.Kernels.Cuda.Inventory;
using Moda.Kernels.Selection;
using Moda.Runtime;
using Moda.Runtime.Options;
using Moda.Web.Configuration;
using Moda.Web.Jobs;

namespace Moda.Web.Api;

/// <summary>The routes that say what there is: emotions, devices, limits.</summary>
internal static class CatalogueEndpoints
{
    /// <summary>Adds them.</summary>
    public static void MapCatalogue(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder catalogue = routes.MapGroup("/v1").WithTags("Catalogue");
        catalogue.MapGet("/emotions", (HttpContext context) =>
                ETags.Json(context, new EmotionList([.. Enum.GetValues<Emotion>().Select(JobJson.NameOf)]), ApiJson.Default.EmotionList))
            .WithName("listEmotions").WithSummary("Lists the emotions that a face can show.").Produces<EmotionList>();
        catalogue.MapGet("/devices", (HttpContext context, ITalkingHeadClient client) =>
                ETags.Json(context, new DeviceList(Devices(client.GetService<TalkingHeadEngine>()?.DeviceName)), ApiJson.Default.DeviceList))
            .WithName("listDevices").WithSummary("Lists the devices of the machine, and says which one is used.").Produces<DeviceList>();
        catalogue.MapGet("/limits", (HttpContext context, ITalkingHeadClient client, IOptions<ServiceOptions> options) =>
                ETags.Json(context, Limits(client, options.Value), ApiJson.Default.LimitsResource))
            .WithName("getLimits").WithSummary("Says what the service takes.").Produces<LimitsResource>();
    }

    private static List<DeviceResource> Devices(string? used)
    {
        List<string> names = [];
        using (Device cpu = DeviceSelector.Open("cpu").Device)
        {
            names.Add(cpu.Name);
        }

        names.AddRange(CudaDevices.Enumerate().Devices.Select(device => device.Label));
        if (used is not null && !names.Contains(used))
        {
            // Precision and number of threads are a part of an engine's name.
            int same = names.FindIndex(name => used.StartsWith(name.Split(',')[0], StringComparison.Ordinal));
            if (same >= 0)
            {
                names[same] = used;
            }
            else
            {
                names.Add(used);
            }
        }

        return [.. names.Select(name => new DeviceResource(name, name == used))];
    }

    private static LimitsResource Limits(ITalkingHeadClient client, ServiceOptions options)
    {
        TalkingHeadEngine? engine = client.GetService<TalkingHeadEngine>();
        return new LimitsResource
        {
            Model = client.GetService<TalkingHeadClientMetadata>()!.ModelName,
            LargestPortraitBytes = options.LargestPortraitBytes,
            LargestVoiceBytes = options.LargestVoiceBytes,
            SmallestImageSide = options.SmallestImageSide,
            LargestImageSide = options.LargestImageSide,
            ShortestVoiceSeconds = options.ShortestVoiceSeconds,
            LongestVoiceSeconds = options.LongestVoiceSeconds,
            LargestVideoBytes = options.LargestVideoBytes,
            LargestVideoSide = options.LargestVideoSide,
            LongestVideoSeconds = options.LongestVideoSeconds,
            HighestFrameRate = options.HighestFrameRate,
            HasFaceParser = engine?.HasFaceParser ?? false,
            FramesPerSecond = engine?.Capacity is { } capacity ? Math.Round(capacity.FramesPerSecond, 1) : null,
            LiveSessions = engine?.Capacity?.LiveClips,
        };
    }
}
