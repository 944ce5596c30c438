using Moda.Runtime.Faces;
using Moda.Runtime.Imaging;

namespace Moda.Onnx.Faces;

/// <summary>
/// The reference's face analyzer: insightface's detector and 106 points, which the crop follows, and LivePortrait's 203 points, from which
/// the opening of eyes and lips is read. Its files have licences of their own; insightface's are for non-commercial research only.
/// </summary>
/// <remarks>Runs on the CPU. May be used by several threads at once; they take turns.</remarks>
public sealed class OnnxFaceAnalyzer : IFaceAnalyzer
{
    private readonly Lock gate = new();
    private readonly ScrfdDetector detector;
    private readonly Landmark106Model landmarks106;
    private readonly Landmark203Model landmarks203;

    /// <summary>Loads the models of a folder, see <see cref="FaceModelFiles.Find(string)"/>.</summary>
    /// <param name="folder">Where they lie.</param>
    /// <exception cref="OnnxModelException">A file is missing, damaged or another model.</exception>
    public OnnxFaceAnalyzer(string folder)
        : this(FaceModelFiles.Find(folder))
    {
    }

    /// <summary>Loads the models.</summary>
    /// <param name="files">Where they lie.</param>
    /// <exception cref="OnnxModelException">A file is missing, damaged or another model.</exception>
    public OnnxFaceAnalyzer(FaceModelFiles files)
    {
        try
        {
            detector = new ScrfdDetector(files.Detector);
            landmarks106 = new Landmark106Model(files.Landmarks106);
            landmarks203 = new Landmark203Model(files.Landmarks203);
        }
        catch (OnnxModelException)
        {
            landmarks106?.Dispose();
            detector?.Dispose();
            throw;
        }
    }

    /// <summary>Whether ONNX Runtime's native library is here; without it no model can be loaded.</summary>
    public static bool IsAvailable => OnnxModel.RuntimeIsHere;

    /// <inheritdoc/>
    /// <exception cref="OnnxModelException">A file is another model.</exception>
    public IReadOnlyList<DetectedFace> Analyze(RgbImage image, CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            return Find(image, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            detector.Dispose();
            landmarks106.Dispose();
            landmarks203.Dispose();
        }
    }

    private List<DetectedFace> Find(RgbImage image, CancellationToken cancellationToken)
    {
        var faces = new List<DetectedFace>();
        foreach (ScoredBox found in detector.Detect(image))
        {
            cancellationToken.ThrowIfCancellationRequested();
            FaceLandmarks landmarks = landmarks106.Run(image, found.Box);
            try
            {
                faces.Add(new DetectedFace(found.Box, found.Score, landmarks) { RefinedLandmarks = landmarks203.Run(image, landmarks) });
            }
            catch (LandmarkException)
            {
                // A box at the threshold can hold no face at all; its points then lie anywhere, and no portrait can be made of them.
            }
        }

        return faces;
    }
}
