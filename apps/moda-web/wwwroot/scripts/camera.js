// A picture from the webcam.

export function takePicture() {
  const dialog = document.getElementById('camera');
  const video = document.getElementById('camera-video');
  const problem = document.getElementById('camera-problem');
  const shoot = document.getElementById('camera-shoot');
  problem.textContent = '';
  shoot.disabled = true;
  dialog.showModal();
  return new Promise((resolve) => {
    let stream = null;
    let picture = null;
    shoot.onclick = async () => {
      const canvas = Object.assign(document.createElement('canvas'), { width: video.videoWidth, height: video.videoHeight });
      canvas.getContext('2d').drawImage(video, 0, 0);
      const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.95));
      picture = new File([blob], 'camera.jpg', { type: 'image/jpeg' });
      dialog.close();
    };
    document.getElementById('camera-close').onclick = () => dialog.close();
    dialog.onclose = () => {
      stream?.getTracks().forEach((track) => track.stop());
      stream = null;
      video.srcObject = null;
      resolve(picture);
    };
    navigator.mediaDevices?.getUserMedia({ video: { width: { ideal: 1280 }, height: { ideal: 960 } } }).then(async (opened) => {
      stream = opened;
      if (!dialog.open) {
        stream.getTracks().forEach((track) => track.stop());
        return;
      }
      video.srcObject = stream;
      await video.play();
      shoot.disabled = false;
      shoot.focus();
    }).catch(() => {
      problem.textContent = 'The camera cannot be used: it is missing, or the browser was told not to allow it.';
    }) ?? (problem.textContent = 'Browsers allow the camera on localhost and over HTTPS only.');
  });
}
