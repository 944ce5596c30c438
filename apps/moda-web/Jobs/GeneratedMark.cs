using System.Reflection;

namespace Moda.Web.Jobs;

/// <summary>
/// The mark of generated videos: plain metadata with the fields of a C2PA manifest, unsigned. It tells honest programs what the video is; who
/// wants to can remove it.
/// </summary>
internal static class GeneratedMark
{
    /// <summary>The metadata, by key.</summary>
    public static IReadOnlyDictionary<string, string> Tags { get; } = new Dictionary<string, string>
    {
        ["comment"] = "moda-generated: this video was made by a machine from a picture and a voice.",
        ["moda-generated"] = "true",
        ["c2pa.claim_generator"] = $"Moda.Native/{typeof(GeneratedMark).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]}",
        ["c2pa.actions"] = "c2pa.created",
        ["c2pa.digitalSourceType"] = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    };
}
