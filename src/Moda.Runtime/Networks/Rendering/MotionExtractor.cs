using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// The motion extractor M of LivePortrait (<c>motion_extractor.py</c>, <c>convnextv2.py</c>): a ConvNeXt V2 that reads canonical
/// keypoints, head pose and expression from an image.
/// </summary>
internal sealed class MotionExtractor
{
    /// <summary>RGB.</summary>
    private const int ImageChannels = 3;

    private readonly List<ConvNextStage> stages = [];
    private readonly ConvNextNorm norm;
    private readonly LinearWeights pitch;
    private readonly LinearWeights yaw;
    private readonly LinearWeights roll;
    private readonly LinearWeights translation;
    private readonly LinearWeights expression;
    private readonly LinearWeights scale;
    private readonly LinearWeights keypoints;

    /// <summary>Loads the module <c>motion_extractor</c>.</summary>
    public MotionExtractor(ParameterLoader parameters)
    {
        ParameterLoader detector = parameters["detector"];
        int channels = ImageChannels;
        foreach ((ParameterLoader downsample, ParameterLoader stage) in detector.List("downsample_layers").Zip(detector.List("stages")))
        {
            stages.Add(new ConvNextStage(downsample, stage, channels));
            channels = stages[^1].OutputChannels;
        }

        norm = new ConvNextNorm(detector["norm"], channels);
        pitch = detector.Linear("fc_pitch", inputs: channels);
        yaw = detector.Linear("fc_yaw", inputs: channels);
        roll = detector.Linear("fc_roll", inputs: channels);
        translation = detector.Linear("fc_t", inputs: channels);
        expression = detector.Linear("fc_exp", inputs: channels);
        scale = detector.Linear("fc_scale", inputs: channels);
        keypoints = detector.Linear("fc_kp", inputs: channels);
    }

    /// <summary>Reads motion from images.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="image">[N, H, W, 3], RGB in [0, 1]; the published weights need 256 x 256.</param>
    public MotionPrediction Forward(Workspace workspace, Tensor image)
    {
        Tensor maps = image;
        foreach (ConvNextStage stage in stages)
        {
            maps = stage.Forward(workspace, maps);
        }

        Tensor features = workspace.GlobalAveragePool(maps);
        norm.Forward(workspace, features);
        return new MotionPrediction(
            Pitch: workspace.Linear(features, pitch),
            Yaw: workspace.Linear(features, yaw),
            Roll: workspace.Linear(features, roll),
            Translation: workspace.Linear(features, translation),
            Expression: workspace.Linear(features, expression),
            Scale: workspace.Linear(features, scale),
            Keypoints: workspace.Linear(features, keypoints));
    }
}

/// <summary>The output of the motion extractor for N images, on the device.</summary>
/// <param name="Pitch">[N, bins]: logits of the head's pitch, 66 bins of 3 degrees.</param>
/// <param name="Yaw">[N, bins].</param>
/// <param name="Roll">[N, bins].</param>
/// <param name="Translation">[N, 3].</param>
/// <param name="Expression">[N, 3 K]: the offset of each keypoint.</param>
/// <param name="Scale">[N, 1].</param>
/// <param name="Keypoints">[N, 3 K]: canonical keypoints.</param>
internal readonly record struct MotionPrediction(
    Tensor Pitch, Tensor Yaw, Tensor Roll, Tensor Translation, Tensor Expression, Tensor Scale, Tensor Keypoints);
