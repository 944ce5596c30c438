using Moda.Kernels;
using Moda.Runtime.Imaging;
using Moda.Runtime.Networks;
using Moda.Runtime.Networks.FaceDetection;
using Moda.Weights;

namespace Moda.Runtime.Faces;

/// <summary>
/// The built-in face analyzer: the tiny face detector and the 68-point landmark network of face-api (MIT), embedded.
/// It finds faces from about 8 % to 90 % of the image's height, turned by up to about 30 degrees.
/// </summary>
/// <remarks>Not for use by several threads at once.</remarks>
public sealed class FaceAnalyzer : IFaceAnalyzer
{
    /// <summary>The score from which a face is taken without looking further.</summary>
    private const float SureScore = 0.5f;

    /// <summary>The lowest score that is looked at.</summary>
    private const float LowestScore = 0.3f;

    /// <summary>Boxes that share more than this are one face.</summary>
    private const float SharedLimit = 0.4f;

    /// <summary>Landmarks that still move by more than this, over the distance of the eyes, belong to no face.</summary>
    private const float UnrestLimit = 0.15f;

    /// <summary>Images whose longest side is beyond this are searched at the fine size too, for small faces among large ones.</summary>
    private const int FineSearchFrom = 640;

    /// <summary>Sides of the detector's input: the usual one, one for small faces and one for faces that fill the image.</summary>
    private const int UsualSize = 416, FineSize = 832, CoarseSize = 224;

    private const double Tilt = Math.PI / 6;

    private readonly Device device;
    private readonly ParameterStore store;
    private readonly TinyFaceDetector detector;
    private readonly Dictionary<int, FaceDetectorPass> detectorPasses = [];
    private readonly FaceLandmarkPass landmarkPass;

    /// <summary>Loads both networks.</summary>
    /// <param name="device">Where they run. It must outlive the analyzer.</param>
    public FaceAnalyzer(Device device)
    {
        this.device = device;
        store = new ParameterStore(device);
        using SafetensorsFile detectorWeights = Resource("face_detector");
        using SafetensorsFile landmarkWeights = Resource("face_landmarks");
        detector = new TinyFaceDetector(new ParameterLoader(detectorWeights, store));
        landmarkPass = new FaceLandmarkPass(device, new FaceLandmarkNetwork(new ParameterLoader(landmarkWeights, store)));
    }

    /// <inheritdoc/>
    public IReadOnlyList<DetectedFace> Analyze(RgbImage image, CancellationToken cancellationToken = default)
    {
        var input = new NetworkInput(image);
        var candidates = new List<FaceCandidate>();
        Search(UsualSize, 0);
        if (Math.Max(image.Width, image.Height) > FineSearchFrom || !HasSureFace())
        {
            Search(FineSize, 0);
        }

        if (!HasSureFace())
        {
            Search(CoarseSize, 0);
            Search(UsualSize, -Tilt);
            Search(UsualSize, Tilt);
        }

        var faces = new List<DetectedFace>();
        foreach (FaceCandidate candidate in Suppress(candidates))
        {
            (FaceLandmarks landmarks, float unrest) = landmarkPass.Run(input, candidate, cancellationToken);
            if (unrest <= UnrestLimit)
            {
                faces.Add(new DetectedFace(candidate.Box, candidate.Score, landmarks));
            }
        }

        return faces;

        void Search(int size, double angle) =>
            Pass(size).Run(input, image.Width, image.Height, angle, LowestScore, candidates, cancellationToken);

        bool HasSureFace() => candidates.Exists(candidate => candidate.Score >= SureScore);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        landmarkPass.Dispose();
        foreach (FaceDetectorPass pass in detectorPasses.Values)
        {
            pass.Dispose();
        }

        store.Dispose();
    }

    private static SafetensorsFile Resource(string name) =>
        SafetensorsFile.OpenResource(typeof(FaceAnalyzer).Assembly, $"Moda.Runtime.{name}.safetensors");

    private FaceDetectorPass Pass(int size)
    {
        if (!detectorPasses.TryGetValue(size, out FaceDetectorPass? pass))
        {
            pass = new FaceDetectorPass(device, detector, size);
            detectorPasses.Add(size, pass);
        }

        return pass;
    }

    /// <summary>Non-maximum suppression: of boxes that share much, the surest stays. Where a sure face is found, unsure ones go.</summary>
    private static List<FaceCandidate> Suppress(List<FaceCandidate> candidates)
    {
        var kept = new List<FaceCandidate>();
        foreach (FaceCandidate candidate in candidates.OrderByDescending(candidate => candidate.Score))
        {
            bool unsureBesideSure = kept.Count > 0 && kept[0].Score >= SureScore && candidate.Score < SureScore;
            if (!unsureBesideSure && kept.TrueForAll(other => other.Box.IntersectionOverUnion(candidate.Box) <= SharedLimit))
            {
                kept.Add(candidate);
            }
        }

        return kept;
    }
}
