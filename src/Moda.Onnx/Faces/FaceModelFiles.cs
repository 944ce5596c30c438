namespace Moda.Onnx.Faces;

/// <summary>The three files of the reference's analyzer.</summary>
/// <param name="Detector">insightface's buffalo_l/det_10g.onnx.</param>
/// <param name="Landmarks106">insightface's buffalo_l/2d106det.onnx.</param>
/// <param name="Landmarks203">LivePortrait's landmark.onnx.</param>
public sealed record FaceModelFiles(string Detector, string Landmarks106, string Landmarks203)
{
    private const string DetectorName = "det_10g.onnx";
    private const string Landmarks106Name = "2d106det.onnx";
    private const string Landmarks203Name = "landmark.onnx";

    /// <summary>Where the published weights keep insightface's files, and where insightface itself does; the first is named when none has them.</summary>
    private static readonly string[] InsightfaceFolders =
        ["insightface/models/buffalo_l", "models/buffalo_l", "buffalo_l", "decode/v1/insightface/models/buffalo_l", "."];

    /// <summary>Where the published weights keep the 203-point model.</summary>
    private static readonly string[] LandmarkFolders = [".", "first_stage", "liveportrait", "decode/v1/first_stage"];

    /// <summary>Finds the files in a folder: all in it, or laid out as the published weights are.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="OnnxModelException">One of them isn't there.</exception>
    public static FaceModelFiles Find(string folder) => new(
        Find(folder, InsightfaceFolders, DetectorName),
        Find(folder, InsightfaceFolders, Landmarks106Name),
        Find(folder, LandmarkFolders, Landmarks203Name));

    /// <summary>Whether <see cref="Find(string)"/> finds all three files.</summary>
    /// <param name="folder">The folder; it need not exist.</param>
    public static bool AreIn(string folder) =>
        Existing(folder, InsightfaceFolders, DetectorName) is not null
        && Existing(folder, InsightfaceFolders, Landmarks106Name) is not null
        && Existing(folder, LandmarkFolders, Landmarks203Name) is not null;

    private static string? Existing(string folder, string[] places, string name) =>
        places.Select(place => InPlace(folder, place, name)).FirstOrDefault(File.Exists);

    private static string InPlace(string folder, string place, string name) =>
        place == "." ? Path.Combine(folder, name) : Path.Combine(folder, place, name);

    private static string Find(string folder, string[] places, string name) =>
        Existing(folder, places, name) ?? throw new OnnxModelException(
            InPlace(folder, places[0], name),
            $"there is no such file, nor '{name}' in {string.Join(", ", places.Skip(1).Select(place => $"'{(place == "." ? folder : place)}'"))}. "
            + "insightface's buffalo_l and LivePortrait's landmark.onnx are needed; without them the built-in analyzer finds faces.");
}
