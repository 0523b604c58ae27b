"""worker/engine"""
