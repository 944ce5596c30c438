using System.Reflection;

namespace Moda.Web.Jobs;

/// <summary>
/// The mark of generated videos: plain metadata with the fields of a C2PA manifest, unsigned. It tells honest programs what the video is; who
/// wants to can remove it.
/// </summary>
internal static class GeneratedMark
{
    private const string SourceTypes = "http://cv.iptc.org/newscodes/digitalsourcetype/";

    private static readonly Dictionary<string, string> Created = Tags(
        "this video was made by a machine from a picture.", "c2pa.created", "trainedAlgorithmicMedia");

    private static readonly Dictionary<string, string> Edited = Tags(
        "the lips of this video were changed by a machine.", "c2pa.edited", "compositeWithTrainedAlgorithmicMedia");

    /// <summary>The metadata of a kind of video, by key.</summary>
    public static IReadOnlyDictionary<string, string> TagsOf(VideoKind kind) => kind == VideoKind.Dub ? Edited : Created;

    private static Dictionary<string, string> Tags(string comment, string action, string sourceType) => new()
    {
        ["comment"] = $"moda-generated: {comment}",
        ["moda-generated"] = "true",
        ["c2pa.claim_generator"] = $"Moda.Native/{typeof(GeneratedMark).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]}",
        ["c2pa.actions"] = action,
        ["c2pa.digitalSourceType"] = SourceTypes + sourceType,
    };
}
